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
    "from shifting. Inject shifting noise after BN, new in each step: will it train like BN, or "
    "like no BN?",
    answers=(
        Answer(
            "Like no BN, or worse: the shift is back.",
            "That follows if the shift is what slows training. The unit means drift about as much "
            "as without BN, yet the loss ends no higher. So the shift alone cannot be the reason.",
        ),
        Answer(
            "In between: slower than BN, but its loss ends below that of no BN.",
            "The noise costs much, and for many steps the run only keeps pace with no BN. But it "
            "ends below, with unit means that drift about as much. Steady means are not all.",
            right=True,
        ),
        Answer(
            "It diverges: ten layers of noise are too much.",
            "That is what often happens to the same noise without BN, where it grows from layer to "
            "layer. BN takes each layer's noise out again before the next adds its own.",
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
            "proposed by Ioffe & Szegedy 2015; Santurkar et al. 2018 add noise after BN, as here, and "
            "it still helps; Bjorck et al. 2018 put the gain down to larger learning rates",
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
