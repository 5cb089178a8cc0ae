"""Trains a slot tagger in plain PyTorch and says how many examples a second it takes.

    echo '{"data": "FOLDER", "steps": 200, "warmUp": 10, "seconds": 30, "model": {...}, "training": {...}}' | python3 torch_slots.py THREADS

`npm run bench -- pytorch --only slots` starts it, with the settings of the recipe atis, and trains the same model here:
word vectors, characters through a bidirectional LSTM, capitalisation, bidirectional LSTM layers, a CRF over BIOES tags,
intents through attention; the same dropout, length buckets, batch size, clipping, Adam and averaging of weights.
FOLDER holds ATIS as train/seq.in, train/seq.out and train/label. Needs PyTorch (any version from 1.13).
"""
import json
import random
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

PAD, UNKNOWN = 0, 1


def bioes(tags):
    """BIO to BIOES: the last tag of a slot is E, a slot of one word is S."""
    out = []
    for i, tag in enumerate(tags):
        goes_on = i + 1 < len(tags) and tags[i + 1] == "I-" + tag[2:]
        if tag.startswith("B-"):
            tag = ("B-" if goes_on else "S-") + tag[2:]
        elif tag.startswith("I-"):
            tag = ("I-" if goes_on else "E-") + tag[2:]
        out.append(tag)
    return out


CAPITALISATIONS = ["lower", "title", "upper", "mixed", "digit", "punctuation", "other"]


def capitalisation(word):
    letters = "".join(c for c in word if c.isalpha())
    if not letters:
        return "digit" if any(c.isdigit() for c in word) else "punctuation"
    capitals, small = sum(c.isupper() for c in letters), sum(c.islower() for c in letters)
    if capitals == 0:
        return "lower" if small else "other"
    if capitals == 1 and letters[0].isupper():
        return "title"
    return "mixed" if small else "upper"


def numbers(symbols, first):
    return {symbol: first + i for i, symbol in enumerate(sorted(set(symbols)))}


class Corpus:
    """The training split as numbers."""

    def __init__(self, folder):
        read = lambda name: (Path(folder) / "train" / name).read_text().splitlines()
        sentences = [line.split() for line in read("seq.in")]
        tags = [bioes(line.split()) for line in read("seq.out")]
        intents = [line.strip() for line in read("label")]
        key = lambda word: "".join("0" if c.isdigit() else c for c in word.lower())
        self.words = numbers((key(w) for s in sentences for w in s), 2)
        self.characters = numbers((c for s in sentences for w in s for c in w), 2)
        self.tags = numbers((tag for row in tags for tag in row), 0)
        self.intents = numbers(intents, 0)
        self.examples = [
            (
                [self.words[key(w)] for w in sentence],
                [CAPITALISATIONS.index(capitalisation(w)) + 1 for w in sentence],
                [tuple(self.characters[c] for c in w) for w in sentence],
                [self.tags[tag] for tag in row],
                self.intents[intent],
            )
            for sentence, row, intent in zip(sentences, tags, intents)
        ]

    def batches(self, size):
        """Sentences of similar length together, in an order that changes from epoch to epoch."""
        noisy = lambda i: len(self.examples[i][0]) + random.random() * max(1, len(self.examples[i][0]) / 10)
        order = sorted(range(len(self.examples)), key=noisy)
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        random.shuffle(batches)
        return batches


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([list(row) + [PAD] * (longest - len(row)) for row in rows])


def make_batch(corpus, places, word_dropout):
    examples = [corpus.examples[i] for i in places]
    words = [[UNKNOWN if random.random() < word_dropout else w for w in e[0]] for e in examples]
    lengths = torch.tensor([len(row) for row in words])
    longest = int(lengths.max())
    spellings, spelling_of = {(PAD,): 0}, []
    for e in examples:
        row = [spellings.setdefault(spelling, len(spellings)) for spelling in e[2]]
        spelling_of.append(row + [0] * (longest - len(row)))
    return {
        "words": padded(words),
        "cases": padded([e[1] for e in examples]),
        "spellings": padded(list(spellings)),
        "spelling_lengths": torch.tensor([len(s) for s in spellings]),
        "spelling_of": torch.tensor(spelling_of),
        "lengths": lengths,
        "mask": torch.arange(longest)[None] < lengths[:, None],
        "tags": padded([e[3] for e in examples]),
        "intents": torch.tensor([e[4] for e in examples]),
    }


class Crf(nn.Module):
    """A linear chain over tags; all rows of a batch at once, step by step."""

    def __init__(self, tags):
        super().__init__()
        names = sorted(tags, key=tags.get)
        uniform = lambda *shape: nn.Parameter(torch.empty(*shape).uniform_(-0.1, 0.1))
        self.start, self.end = uniform(len(names)), uniform(len(names))
        self.transitions = uniform(len(names), len(names))
        forbidden = [[not follows(a, b) for b in names] for a in names]
        self.register_buffer("forbidden", torch.tensor(forbidden))
        self.register_buffer("no_start", torch.tensor([name[0] in "IE" for name in names]))
        self.register_buffer("no_end", torch.tensor([name[0] in "BI" for name in names]))

    def log_likelihood(self, emissions, tags, mask):
        """ln p(tags) of each row; emissions [B, T, K], tags and mask [B, T]."""
        transitions = self.transitions.masked_fill(self.forbidden, -1e4)
        start, end = self.start.masked_fill(self.no_start, -1e4), self.end.masked_fill(self.no_end, -1e4)
        given = emissions.gather(2, tags[:, :, None])[:, :, 0]
        moves = transitions[tags[:, :-1], tags[:, 1:]]
        last = tags.gather(1, mask.sum(1, keepdim=True) - 1)[:, 0]
        score = start[tags[:, 0]] + (given * mask).sum(1) + (moves * mask[:, 1:]).sum(1) + end[last]
        alpha = start + emissions[:, 0]
        for t in range(1, emissions.shape[1]):
            moved = torch.logsumexp(alpha[:, :, None] + transitions, 1) + emissions[:, t]
            alpha = torch.where(mask[:, t, None], moved, alpha)
        return score - torch.logsumexp(alpha + end, 1)


def follows(a, b):
    """Whether tag b may stand after tag a: a slot that was begun goes on until its end."""
    if a[0] in "BI":
        return b[0] in "IE" and a[2:] == b[2:]
    return b[0] in "OBS"


class Tagger(nn.Module):
    def __init__(self, corpus, model):
        super().__init__()
        characters, encoder = model["characters"], model["encoder"]
        if (characters["kind"], encoder["cell"], encoder["bidirectional"], model["head"]) != ("lstm", "lstm", True, "crf"):
            raise ValueError("only LSTMs in both directions with a CRF are written here")
        self.input_dropout, self.output_dropout = model["inputDropout"], model["outputDropout"]
        self.intent_weight = model["intentWeight"]
        size = model["words"]["size"] + characters["outputSize"] + model["caseSize"]
        hidden = encoder["hiddenSize"]
        self.words = nn.Embedding(len(corpus.words) + 2, model["words"]["size"])
        self.characters = nn.Embedding(len(corpus.characters) + 2, characters["size"])
        self.speller = nn.LSTM(
            characters["size"], characters["outputSize"] // 2, bidirectional=True, batch_first=True
        )
        self.cases = nn.Embedding(len(CAPITALISATIONS) + 1, model["caseSize"])
        self.encoder = nn.LSTM(size, hidden, encoder["layers"], bidirectional=True, batch_first=True)
        self.emissions = nn.Linear(2 * hidden, len(corpus.tags))
        self.crf = Crf(corpus.tags)
        self.attend = nn.Linear(2 * hidden, hidden)
        self.weigh = nn.Linear(hidden, 1, bias=False)
        self.intents = nn.Linear(2 * hidden, len(corpus.intents))

    def loss(self, batch):
        lengths, mask = batch["lengths"], batch["mask"]
        spelt = pack_padded_sequence(
            self.characters(batch["spellings"]), batch["spelling_lengths"], batch_first=True, enforce_sorted=False
        )
        heard = torch.cat(list(self.speller(spelt)[1][0]), 1)[batch["spelling_of"]]
        x = torch.cat([self.words(batch["words"]), heard, self.cases(batch["cases"])], 2)
        x = nn.functional.dropout(x, self.input_dropout, True)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        encoded = pad_packed_sequence(self.encoder(packed)[0], batch_first=True)[0]
        keep = 1 - self.output_dropout  # one mask for all steps of a row
        encoded = encoded * torch.empty(len(lengths), 1, encoded.shape[2]).bernoulli_(keep) / keep
        tagged = self.crf.log_likelihood(self.emissions(encoded), batch["tags"], mask)
        energy = self.weigh(torch.tanh(self.attend(encoded)))[:, :, 0].masked_fill(~mask, -1e9)
        pooled = (torch.softmax(energy, 1)[:, None] @ encoded)[:, 0]
        intent = nn.functional.cross_entropy(self.intents(pooled), batch["intents"])
        return -tagged.sum() / lengths.sum() + self.intent_weight * intent


def examples_per_second(request):
    settings, optimiser = request["training"], request["training"]["optimiser"]
    corpus = Corpus(request["data"])
    tagger = Tagger(corpus, request["model"])
    parameters = list(tagger.parameters())
    adam = torch.optim.Adam(
        parameters,
        optimiser["learningRate"],
        (optimiser["beta1"], optimiser["beta2"]),
        optimiser["epsilon"],
        foreach=True,
    )
    averages = [parameter.detach().clone() for parameter in parameters]
    batches = corpus.batches(settings["batchSize"])[: request["warmUp"] + request["steps"]]
    deadline = float("inf")
    first_loss = loss_value = started = None
    examples = 0
    for step, places in enumerate(batches):
        if step == request["warmUp"]:
            started = time.perf_counter()
            deadline = started + request["seconds"]
        loss = tagger.loss(make_batch(corpus, places, request["model"]["words"]["dropout"]))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, settings["clipNorm"])
        adam.step()
        with torch.no_grad():
            torch._foreach_mul_(averages, settings["averaging"])
            torch._foreach_add_(averages, parameters, alpha=1 - settings["averaging"])
        loss_value = float(loss.detach())
        first_loss = loss_value if first_loss is None else first_loss
        examples += len(places) if started is not None else 0
        if time.perf_counter() >= deadline:
            break
    seconds = time.perf_counter() - started
    return {
        "examplesPerSecond": examples / seconds,
        "firstLoss": first_loss,
        "lastLoss": loss_value,
        "parameters": sum(parameter.numel() for parameter in parameters),
    }


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    random.seed(1)
    for line in sys.stdin:
        print(json.dumps(examples_per_second(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
