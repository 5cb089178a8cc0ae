"""Times PyTorch's recurrent layers and its CTC loss, one request a line on stdin, one answer a line on stdout.

    echo '{"kind": "rnn", "cell": "lstm", "mode": "train", "bidirectional": false,
           "T": 30, "B": 32, "I": 128, "H": 128, "seconds": 1}' | python3 torch_rnn.py THREADS

`npm run bench -- pytorch` starts it and sets OMP_NUM_THREADS and OPENBLAS_NUM_THREADS before, because OpenMP and
OpenBLAS read them as they load. Needs PyTorch (any version from 1.13).
"""
import json
import statistics
import sys
import time

import torch


def median_milliseconds(run, seconds):
    """Median over `seconds` seconds and at least five runs, unless they take five times as long; 0.3 seconds go before."""
    started = time.perf_counter()
    while True:
        run()
        if time.perf_counter() - started >= 0.3:
            break
    times = []
    while sum(times) < (seconds if len(times) >= 5 else 5 * seconds):
        before = time.perf_counter()
        run()
        times.append(time.perf_counter() - before)
    return statistics.median(times) * 1000


def rnn(request):
    """A layer over sequences, time first: the layout that PyTorch's own loops want."""
    kinds = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}
    steps, batch, inputs, hidden = (request[name] for name in "TBIH")
    layer = kinds[request["cell"]](inputs, hidden, bidirectional=request["bidirectional"])
    x = torch.randn(steps, batch, inputs)
    if request["mode"] == "infer":
        layer.eval()

        def infer():
            with torch.inference_mode():
                layer(x)

        return infer
    x.requires_grad_()
    probe = torch.randn(steps, batch, hidden * (2 if request["bidirectional"] else 1))

    def train():
        x.grad = None
        layer.zero_grad(set_to_none=True)
        layer(x)[0].backward(probe)

    return train


def ctc(request):
    """Log-softmax, loss and gradient; all rows of full length, labels without the blank."""
    steps, batch, classes, length = (request[name] for name in "TBCL")
    x = torch.randn(steps, batch, classes, requires_grad=True)
    labels = torch.randint(1, classes, (batch, length))
    input_lengths = torch.full((batch,), steps, dtype=torch.long)
    label_lengths = torch.full((batch,), length, dtype=torch.long)

    def train():
        x.grad = None
        log_probabilities = torch.nn.functional.log_softmax(x, 2)
        loss = torch.nn.functional.ctc_loss(
            log_probabilities, labels, input_lengths, label_lengths, blank=0, reduction="sum"
        )
        loss.backward()

    return train


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    for line in sys.stdin:
        request = json.loads(line)
        run = {"rnn": rnn, "ctc": ctc}[request["kind"]](request)
        print(json.dumps({"milliseconds": median_milliseconds(run, request["seconds"])}), flush=True)


if __name__ == "__main__":
    main()
