"""Golden cases from PyTorch's own recurrent layers and its CTC loss in float64.

    python3 make_cases.py OUTDIR

Needs PyTorch (any version from 1.13). The cases beside this file were made by it: small ones, so that every test run
checks our layers against an independent implementation. `npm run golden -- DIR` runs any folder of such files.
"""
import json
import sys
from pathlib import Path

import torch

CASES = [
    ("lstm_bidirectional_lengths", "LSTM", None, dict(batch=3, time=5, input=2, hidden=3, layers=1, lengths=[5, 2, 4])),
    ("lstm_two_layers", "LSTM", None, dict(batch=2, time=4, input=3, hidden=2, layers=2, lengths=None)),
    ("gru_bidirectional_lengths", "GRU", None, dict(batch=3, time=5, input=2, hidden=3, layers=1, lengths=[1, 5, 3])),
    ("rnn_tanh_lengths", "RNN", "tanh", dict(batch=3, time=4, input=2, hidden=3, layers=1, lengths=[4, 1, 2])),
    ("rnn_relu_lengths", "RNN", "relu", dict(batch=3, time=4, input=2, hidden=3, layers=1, lengths=[2, 4, 3])),
]

CTC_CASES = [
    ("ctc_lengths", dict(time=6, classes=4, blank=0, labels=[[1, 2, 2], [3], []], lengths=[6, 3, 4])),
    ("ctc_last_blank_infeasible", dict(time=5, classes=3, blank=2, labels=[[0, 0, 0], [1, 0, 0]], lengths=[4, 5])),
]


def array(tensor):
    """A tensor as shape and flat data; nine digits are more than float32 can tell apart."""
    flat = tensor.detach().reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": [float(f"{value:.9g}") for value in flat]}


def make_case(kind, nonlinearity, batch, time, input, hidden, layers, lengths):
    bidirectional = lengths is not None
    options = {"nonlinearity": nonlinearity} if kind == "RNN" else {}
    layer = getattr(torch.nn, kind)(
        input, hidden, layers, batch_first=True, bidirectional=bidirectional, **options
    ).double()
    directions = 2 if bidirectional else 1
    states = ["h0", "c0"] if kind == "LSTM" else ["h0"]
    inputs = {"x": torch.randn(batch, time, input, dtype=torch.float64)}
    for name in states:
        inputs[name] = torch.randn(layers * directions, batch, hidden, dtype=torch.float64)
    for tensor in inputs.values():
        tensor.requires_grad_(True)
    initial = tuple(inputs[name] for name in states) if kind == "LSTM" else inputs["h0"]
    x = inputs["x"]
    if lengths is not None:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    y, final = layer(x, initial)
    if lengths is not None:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=time)
    outputs = {"y": y, "hn": final[0], "cn": final[1]} if kind == "LSTM" else {"y": y, "hn": final}
    probe = {name: torch.randn_like(outputs[name]) for name in ("y", "hn")}
    loss = sum((probe[name] * outputs[name]).sum() for name in probe)
    loss.backward()
    weights = dict(layer.named_parameters())
    return {
        "kind": kind, "nonlinearity": nonlinearity, "batch": batch, "time": time, "input": input, "hidden": hidden,
        "layers": layers, "bidirectional": bidirectional, "lengths": lengths, "loss": loss.item(),
        "inputs": {name: array(tensor) for name, tensor in inputs.items()},
        "weights": {name: array(tensor) for name, tensor in weights.items()},
        "probe": {name: array(tensor) for name, tensor in probe.items()},
        "outputs": {name: array(tensor) for name, tensor in outputs.items()},
        "gradients": {name: array(tensor.grad) for name, tensor in {**inputs, **weights}.items()},
    }


def make_ctc_case(time, classes, blank, labels, lengths):
    batch, longest = len(labels), max(map(len, labels))
    logits = torch.randn(batch, time, classes, dtype=torch.float64, requires_grad=True)
    padding = 1 if blank == 0 else 0
    targets = [row + [padding] * (longest - len(row)) for row in labels]
    target_lengths = [len(row) for row in labels]
    losses = torch.nn.functional.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1), torch.tensor(targets), torch.tensor(lengths),
        torch.tensor(target_lengths), blank=blank, reduction="none", zero_infinity=True,
    )
    losses.sum().backward()
    return {
        "blank": blank, "zero_infinity": True, "logits": array(logits), "targets": targets,
        "logit_lengths": lengths, "target_lengths": target_lengths, "losses": array(losses),
        "gradient_of_sum_wrt_logits": array(logits.grad),
    }


def main(folder):
    torch.manual_seed(7)
    for name, kind, nonlinearity, sizes in CASES:
        case = make_case(kind, nonlinearity, **sizes)
        Path(folder, f"{name}.json").write_text(json.dumps(case) + "\n")
    for name, sizes in CTC_CASES:
        Path(folder, f"{name}.json").write_text(json.dumps(make_ctc_case(**sizes)) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
