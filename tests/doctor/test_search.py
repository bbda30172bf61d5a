"""The search of the catalogue: words, pairs of words and pasted errors lead to their fault."""

import pytest

from bnviz.doctor.faults import faults
from bnviz.doctor.search import LONGEST, MOST, search, shortened, words
from bnviz.doctor.symptoms import SYMPTOMS, symptom

TRACE = """Traceback (most recent call last):
  File "train.py", line 33, in <module>
    y = model(x)
  File "site-packages/torch/nn/functional.py", line 2512, in _verify_batch_size
    raise ValueError(
"""


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("nan", "non-finite-statistics"),
        ("SyncBN", "unsynchronized"),
        ("requires_grad", "updates-while-frozen"),
        ("gradient checkpointing", "double-update"),
        ("EMA", "averaged-weights"),
        ("SWA", "averaged-weights"),
        ("drop_last", "batch-too-small"),
        ("batch of one", "batch-too-small"),
        ("accumulation", "batch-too-small"),
        ("siamese", "shared-layer"),
        ("my model is right in train mode and wrong in eval mode", "stale-statistics"),
        ("weight decay", "decayed-affine"),
        ("FP16", "low-precision"),
        ("bias=False", "useless-bias"),
        ("ConvTranspose2d", "fold-limits"),
        ("multi gpus", "unsynchronized"),
    ],
)
def test_words_lead_to_their_fault(typed, code):
    assert search(typed)[0][0].code == code


def test_update_bn_leads_to_what_it_repairs_first():
    assert {fault.code for fault, _ in search("update_bn")[:2]} == {
        "averaged-weights",
        "stale-statistics",
    }


@pytest.mark.parametrize(
    ("code", "message"),
    [(fault.code, message) for fault in faults().values() for message in fault.messages],
)
def test_a_pasted_message_is_found_whole_and_at_the_end_of_a_traceback(code, message):
    for typed in (message, f"{TRACE}{message.replace('1', '7')}"):
        assert code in [fault.code for fault, _ in search(typed)[:2]]


def test_symptoms_of_a_fault_lead_to_it():
    found = [
        fault.code in [one.code for one, _ in search(seen)[:2]]
        for fault in faults().values()
        for seen in fault.symptoms
    ]
    assert sum(found) >= 0.95 * len(found)


def test_what_fits_nothing_finds_nothing_and_few_are_shown():
    assert search("") == search("zebra") == search("the of and") == []
    everything = search(" ".join(fault.searched for fault in faults().values()))
    assert 1 <= len(everything) <= MOST
    scores = [score for _, score in everything]
    assert scores == sorted(scores, reverse=True)


def test_of_a_long_text_the_end_counts():
    assert shortened("a" * 900 + " \n drop_last") == "a" * (LONGEST - 10) + " drop_last"
    assert words("losses GPUs batches BatchNorm2d") == ["loss", "gpu", "batch", "batchnorm2d"]


def test_every_fault_is_behind_a_symptom():
    behind = {code for one in SYMPTOMS for code in one.causes}
    assert behind == set(faults())
    assert len({one.name for one in SYMPTOMS}) == len(SYMPTOMS)
    assert all(len(set(one.causes)) == len(one.causes) for one in SYMPTOMS)
    assert symptom("nan").causes[0] == "non-finite-statistics"
    with pytest.raises(ValueError, match=r"symptom must be one of .* got 'b'"):
        symptom("b")
