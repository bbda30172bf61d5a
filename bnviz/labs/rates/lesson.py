"""The words of the lab that do not depend on its run."""

from bnviz.core.network.norms import normalize
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.rates.draws import drawn
from bnviz.labs.rates.groups import losses, weights_of

QUESTION = Question(
    text="Six scales of the initial weights (0.1 to 5 times the usual one, of He et al.) and seven "
    "learning rates (0.01 to 10): 42 networks of five hidden layers, 80 steps each. In how many "
    "does the loss fall below 0.5, where guessing costs 2.3?",
    answers=(
        Answer(
            "About 20 without norm, 40 with BN, 30 with the centring of BN alone.",
            "Outside a narrow corner this plain network learns nothing: the signal fades or "
            "explodes through five layers. And BN does not save every cell: at a learning rate "
            "of 10 it trains in no row.",
        ),
        Answer(
            "About 3 without norm, more than 20 with BN, 20 with the centring of BN alone.",
            "The first two are right. Centring alone does not help much: a signal that is ten "
            "times too small stays ten times too small. It is the division that takes the scale "
            "out.",
        ),
        Answer(
            "About 3 without norm, more than 20 with BN, 5 with the centring of BN alone.",
            "Dividing by the deviation takes the scale of the weights out of the signal, and that "
            "opens a large part of the map. Centring alone adds a few cells; together with the "
            "division it opens the high learning rates.",
            right=True,
        ),
        Answer(
            "About 10 without norm, 12 with BN, 11 with the centring of BN alone.",
            "At a usual scale and a usual rate BN makes little difference on this task; it can "
            "even be slower. The difference is in how many *other* cells work.",
        ),
    ),
)

TRANSFER = Question(
    text="A network with BN trains well at learning rate 0.1. You start it again with all hidden "
    "weights five times as large. Nothing else changes. What happens?",
    answers=(
        Answer(
            "The same, step by step: BN is invariant to the scale of the weights.",
            "The *function* at the start is the same. But its gradient is 5 times smaller, and the "
            "weights are 5 times larger: each step turns them 25 times less. It learns slowly.",
        ),
        Answer(
            "It starts as the same function, and learns much more slowly.",
            "The gradient is 5 times smaller and the weights 5 times larger, so the pace, learning "
            "rate by squared norm, is 25 times lower. A 25 times higher rate gives it back: the "
            "band of working cells runs across the map.",
            right=True,
        ),
        Answer(
            "It diverges, as without norm.",
            "Without norm it does. BN divides the factor 5 out in every layer, and what comes "
            "back to the weights is 5 times smaller, not larger.",
        ),
    ),
)

CLAIMS = (
    Claim(
        "With BN many more cells train than without: 20 or more of 42, against 5 or fewer.",
        "measured here",
    ),
    Claim(
        "Dividing by the deviation does most of it. Centring alone adds a few cells; with the "
        "division it adds the high learning rates.",
        "measured here",
    ),
    Claim(
        "γ and β are not what opens the map: fixed at 1 and 0, the same network trains in as many "
        "cells or more, even at a rate of 10.",
        "measured here",
    ),
    Claim(
        "γ evens out, or tells, how important a unit is.",
        "contested",
        "often said; nothing in BN makes the γ of two units equal, and all γ = 1 trains as well",
    ),
    Claim(
        "BN networks stand higher learning rates than the same networks without.",
        "reported",
        "Ioffe & Szegedy 2015, section 4.2.1 (5 and 30 times the rate); here the map shows it",
    ),
    Claim(
        "BN(a·W x) = BN(W x): the scale of the weights before BN does not change the function, and "
        "the gradient with respect to a·W is 1/a of that with respect to W (for ε → 0).",
        "proved",
        "Ioffe & Szegedy 2015, section 3.3",
    ),
    Claim(
        "So BN is less sensitive to the initialization, not insensitive: the scale sets the pace, "
        "and the rates that work move up with it. At a rate of 10 no cell trains while γ and β "
        "learn. He's or Xavier's scale is a good habit with BN too.",
        "measured here",
    ),
    Claim(
        "BN is not always faster. At He's scale and a low learning rate the network without norm "
        "is ahead.",
        "measured here",
    ),
    Claim(
        "“BN allows higher rates because it makes gradients smaller” is wrong as said: at small "
        "scales its gradients are larger, at He's about the same, at large scales smaller.",
        "measured here",
    ),
    Claim(
        "Of sixty random settings 38 to 62% train with BN and 10 to 28% without, over twelve "
        "seeds: less tuning. "
        "The best of sixty is about as good without.",
        "measured here",
    ),
    Claim(
        "With a rate chosen for each, five layers read 95 to 99% of unseen digits after 600 steps "
        "with BN and without: what BN gives here is not a better end, but more ways to get there.",
        "measured here",
    ),
    Claim(
        "A sigmoid network as in the paper (three layers of 100, weights of deviation 0.1, rate 1) "
        "reads about 9 of 10 digits after 50 steps with BN and still guesses without; it leaves "
        "guessing after about 100 steps.",
        "measured here",
    ),
    Claim(
        "The gain of BN in accuracy comes from the larger learning rate; at the same small rate "
        "both end alike.",
        "reported",
        "Bjorck et al. 2018, ResNet-110 on CIFAR-10",
    ),
    Claim(
        "BN avoids poor local minima.",
        "contested",
        "often said, without a proof; what shows here is that more settings train at all",
    ),
)

LESSON = Lesson(
    goal="Say which learning rates and initial weights BN opens, which it does not, and why.",
    question=QUESTION,
    vary="depth",
    views={
        "grid": "Without and with BN",
        "parts": "The parts of BN",
        "draws": "Sixty random settings",
        "corner": "Where BN is slower",
        "gradients": "Gradients at the start",
    },
    frees={"draws": ("seed",), "corner": ("lr", "init_scale")},
    claims=CLAIMS,
    code=(weights_of, normalize, losses, drawn),
    tries={
        "draws": "Take another seed, and another. How many settings train without norm, and which "
        "network has the best of all?",
        "corner": "Set the scale to 0.5, then the scale to 1 and the rate to 0.1. Where is BN "
        "ahead, and where behind?",
        "gradients": "Set 2 hidden layers, then 10. Which line gets steeper, and which one keeps "
        "its slope?",
    },
    try_this="Set 2 hidden layers, then 10. Which map shrinks faster, and from which side? Then "
    "unlock all and take the sigmoid: how many cells train without norm?",
    transfer=TRANSFER,
    sources="Learning rates: Ioffe & Szegedy 2015, sections 3.3 and 4.2; Bjorck et al. 2018, "
    "*Understanding Batch Normalization*. Initial scales: He et al. 2015, equation 10; Glorot & "
    "Bengio 2010, equation 12. The pace η/‖W‖²: van Laarhoven 2017.",
)
