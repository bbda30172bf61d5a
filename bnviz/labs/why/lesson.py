"""The words of the lab on why batch norm works."""

from bnviz.core.functional import batch_norm
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.why import percentiles
from bnviz.labs.why.agreement import agree
from bnviz.labs.why.band import along
from bnviz.labs.why.correlation import zca
from bnviz.labs.why.learner import drift, noisy_gradient
from bnviz.labs.why.percentiles import drift_so_far, networks
from bnviz.labs.why.points import losses_and_gradients
from bnviz.labs.why.surface import directions, losses, moved

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

CLAIMS = (
    Claim(
        "With noise of ± 1 in every layer, unit means drift about as much as without BN, and the "
        "loss after 100 steps is still lower than without BN (ten layers, learning rate 0.2). For "
        "seeds 0 to 2 it is at most 0.7 of it; for seed 3 the gap is narrow.",
        "measured here",
        view="noise",
    ),
    Claim("The noise costs something: BN without it is ahead.", "measured here", view="noise"),
    Claim("The same noise without BN diverges in these networks.", "measured here", view="noise"),
    Claim(
        "The effect depends on depth and learning rate: with three layers, or at a rate of 0.05, "
        "noisy BN is no better than no norm.",
        "measured here",
        view="noise",
    ),
    Claim(
        "As in figure 1 of the first paper: in a small sigmoid network at learning rate 1, unit "
        "means drift by 0.3 to 0.5 without BN and by less than 0.04 with it. BN reads more than "
        "80% of the digits after 50 steps, when the network without norm still guesses.",
        "measured here",
        view="percentiles",
    ),
    Claim(
        "Steady is not enough: at a rate of 0.1 the unit means of the network without BN drift "
        "less than those of BN at a rate of 1, and it does not learn to read in 300 steps.",
        "measured here",
        view="percentiles",
    ),
    Claim(
        "Behind BN the mean of a unit over the batch is its β, and its deviation |γ| (for ε → 0), "
        "whatever the layers below do. The shape of the distribution is free.",
        "proved",
        "Σx̂ = 0 and Σx̂² = N",
        view="percentiles",
    ),
    Claim(
        "With BN too the distributions do not stay the same: at a rate of 1 the spread of the unit "
        "on show grows by 40% or more.",
        "measured here",
        view="percentiles",
    ),
    Claim(
        "Ten layers, learning rates 0.05 and 0.1: from step 50 on the loss along the gradient "
        "ranges at least 4 times narrower with BN (6 to 40 times over ten seeds). Without norm it "
        "rises on most walks, with BN on 2 of 10 at most.",
        "measured here",
        view="band",
    ),
    Claim(
        "It depends on rate, depth and time. At a rate of 0.2 the loss rises on walks of BN too, "
        "though its band is still the narrower one. At 0.01 it is *wider* with BN in the "
        "first 20 steps and, for seeds 0 to 2, later too. With three layers at 0.05 there is no "
        "difference.",
        "measured here",
        view="band",
    ),
    Claim(
        "The effective smoothness does not show such a gain. Ten layers, rates 0.01 and 0.05: in "
        "the first 20 steps β is at least 1.3 times *larger* with BN, so the loss is less smooth. "
        "From step 50 on it is 0.6 to 1.2 times that without norm at 0.05, and twice as large or "
        "more at 0.01 for seeds 0 to 2.",
        "measured here",
        view="band",
    ),
    Claim(
        "“BN makes the loss smoother along the gradient.”",
        "contested",
        "Santurkar et al. 2018 find a narrower band and a smaller β for a VGG network, and prove "
        "bounds for one layer with BN; Yang et al. 2019 show the opposite in deep BN networks at "
        "the start: gradients grow with each layer",
        view="band",
    ),
    Claim(
        "Ten layers, learning rate 0.01: gradients agree less with BN, at the start and later. It "
        "has *more* of this shift.",
        "measured here",
        view="agreement",
    ),
    Claim(
        "Ten layers, learning rate 0.05: more shift with BN in the first 20 steps, and less from "
        "step 50 on: a little or much, depending on the seed. At 0.1 it is clearly less from step "
        "50 on for nine of ten seeds.",
        "measured here",
        view="agreement",
    ),
    Claim(
        "At a rate of 0.2 the later steps have no clear sign: over ten seeds BN has more of it and "
        "less of it. With three layers the mean cosines differ by less than 0.1.",
        "measured here",
        view="agreement",
    ),
    Claim(
        "“BN reduces internal covariate shift.”",
        "contested",
        "claimed by Ioffe & Szegedy 2015 for the distribution of a layer's inputs; Santurkar et "
        "al. 2018 measure gradients, as here, and find as much shift or more with BN. Here the "
        "sign changes with rate and time",
        view="agreement",
    ),
    Claim(
        "BN leaves the correlation of two units as it is: it shifts and stretches each unit on its "
        "own. Whitening removes correlations.",
        "proved",
        "a correlation does not depend on shift and positive scale",
        view="correlation",
    ),
    Claim(
        "In a plane of two random directions about the trained networks the loss ranges at least 6 "
        "times as wide without BN, up to a step as long as the weights. If the weight vectors keep "
        "their length on the way it ranges no wider than with BN (ten layers; with five at most "
        "1.75 times as wide). So such a picture shows mostly that BN takes the length of weights "
        "out.",
        "measured here",
        view="surface",
    ),
    Claim(
        "Close to the trained network, within a quarter of that step, the same picture does not "
        "show that BN is smoother: for some seeds the loss ranges wider without it, for some with "
        "it.",
        "measured here",
        view="surface",
    ),
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
)

CODE = {
    "noise": (noisy_gradient, drift),
    "percentiles": (networks, percentiles.measure, drift_so_far),
    "band": (along, losses_and_gradients),
    "agreement": (agree, losses_and_gradients),
    "correlation": (zca, batch_norm),
    "surface": (directions, moved, losses),
}

LESSON = Lesson(
    goal="Say what the noise experiment rules out, and what it leaves open.",
    question=QUESTION,
    vary="noise",
    views={
        "noise": "Noise after BN",
        "percentiles": "Percentiles of a unit",
        "band": "Loss along the gradient",
        "agreement": "Gradient shift",
        "correlation": "Correlations",
        "surface": "Loss surface",
    },
    frees={
        "percentiles": ("sigmoid_lr",),
        "band": ("lr", "depth"),
        "agreement": ("lr", "depth"),
        "correlation": ("seed",),
        "surface": ("depth",),
    },
    claims=CLAIMS,
    code=tuple(function for functions in CODE.values() for function in functions),
    code_of=CODE,
    tries={
        "percentiles": "Set the rate of the sigmoids to 0.1. Which of the two units is steadier "
        "now, and which network reads?",
        "band": "Set the learning rate to 0.1, then to 0.01, then three layers. Where is the band "
        "of BN the narrower one, where the wider one, and where is there no difference?",
        "agreement": "Set the learning rate to 0.05. Who has more of the shift in the first steps, "
        "and who later? Then set 0.01.",
        "correlation": "Take another seed: does BN ever change a correlation? And would it if BN "
        "divided by the deviation and did not subtract the mean?",
        "surface": "Set three hidden layers. How many times as wide as with BN is the range "
        "without norm now? Fewer layers multiply a longer weight vector fewer times.",
    },
    try_this="Unlock all and set three hidden layers, or a learning rate of 0.05. Is noisy BN "
    "still ahead of no norm?",
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015. Santurkar, Tsipras, Ilyas & Madry 2018, *How Does Batch "
    "Normalization Help Optimization?* Bjorck, Gomes, Selman & Weinberger 2018, *Understanding "
    "Batch Normalization*. Kessy, Lewin & Strimmer 2018, *Optimal Whitening and Decorrelation*. "
    "Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz 2019, *A Mean Field Theory of Batch "
    "Normalization*. Li, Xu, Taylor, Studer & Goldstein 2018, *Visualizing the Loss Landscape of "
    "Neural Nets*.",
)
