"""Why does it work? Noise behind batch norm, drift, smoothness, correlations: what each shows."""

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.why import (
    agreement_view,
    band_view,
    correlation_view,
    noise_view,
    percentiles_view,
    surface_view,
)
from bnviz.labs.why.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="The first paper says that BN works because it keeps the distributions in the network "
    "from shifting. Inject shifting noise after BN, new in each step, so that the means of units drift "
    "as far as without BN. Does the network still learn? (Ten layers of 32 ReLU units, digits, plain "
    "SGD at a rate of 0.2, 100 steps.)",
    answers=(
        Answer(
            "No: it stays near guessing, as the drift is back.",
            "That follows if steady means are what lets a network learn. The unit means drift 0.5 to "
            "1.6 times as far as without BN, and yet the loss falls from 2.3, that of guessing, to "
            "less than 1.1, in 20 of 20 seeds. So the shift alone cannot be the reason.",
        ),
        Answer(
            "Yes, but it pays for the noise: its loss ends above that of BN without noise.",
            "Both in 20 of 20 seeds: the loss ends at 0.6 to 1.1, far below guessing (2.3), and "
            "at least 1.6 times as high as with BN alone. Steady means are not all. Whether it beats "
            "no norm depends on the seed: in 13 of 20 at this rate.",
            right=True,
        ),
        Answer(
            "Yes, and as quickly as BN: the noise makes almost no difference.",
            "So it was published, for VGG on CIFAR-10 (reported, Santurkar et al. 2018). There each activation of each sample gets noise of its own; the network is much larger and trains "
            "for longer. With noise drawn so, of ± 0.5, the small network here still ends above BN in "
            "20 of 20 seeds, at 0.40 to 0.81 against 0.21 to 0.41: try it.",
        ),
        Answer(
            "It diverges: ten layers of noise are too much.",
            "That is what happens to the same noise without BN, in 20 of 20 seeds: it grows from layer "
            "to layer. BN takes each layer's noise out again before the next adds its own.",
        ),
    ),
)

TRANSFER = Question(
    text="Somebody concludes: “So internal covariate shift is refuted, and BN works because it "
    "makes the loss smoother.” What is right about it?",
    answers=(
        Answer(
            "Both halves: the experiment decides between the two.",
            "It does not measure smoothness at all. It takes away one explanation as the only one, "
            "and leaves all others open.",
        ),
        Answer(
            "Neither is settled: shift is not the whole reason, and that says nothing for another.",
            "A control experiment can refute “only because of”. Smoothness, larger learning rates "
            "and freedom from the scale of weights are rivals, and may act together.",
            right=True,
        ),
        Answer(
            "Nothing: the noise is not what the paper meant, so the paper stands.",
            "The paper defines the shift as the change of the distribution of a layer's inputs, "
            "and this noise changes just that. Other definitions exist, so the objection is fair "
            "for those, but it does not prove the paper right.",
        ),
    ),
)

LAB = Lab(
    slug="why",
    settings=Settings,
    goal="Say what the noise experiment rules out, and what it leaves open.",
    question=QUESTION,
    views=(
        noise_view.VIEW,
        percentiles_view.VIEW,
        band_view.VIEW,
        agreement_view.VIEW,
        correlation_view.VIEW,
        surface_view.VIEW,
    ),
    claims=(
        Claim(
            "“BN speeds up training because it reduces internal covariate shift.”",
            "contested",
            "proposed by Ioffe & Szegedy 2015; Santurkar et al. 2018 add noise after BN and report "
            "almost no difference; Bjorck et al. 2018 put the gain down to larger learning rates",
        ),
        Claim(
            "“BN works because it makes the loss smoother.”",
            "contested",
            "proposed by Santurkar et al. 2018; Yang et al. 2019 show gradients that explode with "
            "depth in BN networks at the start",
        ),
    ),
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015. Santurkar, Tsipras, Ilyas & Madry 2018, *How Does Batch "
    "Normalization Help Optimization?* Bjorck, Gomes, Selman & Weinberger 2018, *Understanding "
    "Batch Normalization*. Kessy, Lewin & Strimmer 2018, *Optimal Whitening and Decorrelation*. "
    "Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz 2019, *A Mean Field Theory of Batch "
    "Normalization*. Li, Xu, Taylor, Studer & Goldstein 2018, *Visualizing the Loss Landscape of "
    "Neural Nets*.",
)
