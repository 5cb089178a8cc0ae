"""Trains an encoder-decoder with attention in plain PyTorch and says how many target tokens a second it takes.

    echo '{"batches": [[[[4, 5], [7]], [[6, 4, 8], [9]]]], "begin": 2, "end": 3, "warmUp": 1, "seconds": 30,
           "model": {...}, "training": {...}}' | python3 torch_translation.py THREADS

`npm run bench -- pytorch --only translation` starts it and trains the same model here, on the same batches: each is a
list of pairs, source ids and target ids. A bidirectional LSTM reads the source; an LSTM cell with input feeding and
general attention (Luong et al. 2015) writes the target; label smoothing, dropout, clipping and Adam are the same.
Needs PyTorch (any version from 1.13).
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

PAD = 0


def padded(rows):
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


class Translator(nn.Module):
    def __init__(self, model):
        super().__init__()
        embedding, hidden, output = model["embeddingSize"], model["decoderSize"], model["outputSize"]
        memory = 2 * model["encoderSize"]
        self.dropout = nn.Dropout(model["dropout"])
        self.source = nn.Embedding(model["sourceVocabulary"], embedding)
        self.target = nn.Embedding(model["targetVocabulary"], embedding)
        self.encoder = nn.LSTM(embedding, model["encoderSize"], bidirectional=True, batch_first=True)
        self.cell = nn.LSTMCell(embedding + output, hidden)
        self.compare = nn.Linear(memory, hidden, bias=False)
        self.combine = nn.Linear(hidden + memory, output)
        self.project = nn.Linear(output, model["targetVocabulary"])

    def forward(self, source, lengths, target):
        """Logits [B, T, V] of the tokens after each of target [B, T]."""
        embedded = self.dropout(self.source(source))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        memory = pad_packed_sequence(self.encoder(packed)[0], batch_first=True)[0]
        keys = self.compare(memory).transpose(1, 2)
        beyond = torch.arange(memory.shape[1])[None] >= lengths[:, None]
        h = c = memory.new_zeros(len(lengths), self.cell.hidden_size)
        output = memory.new_zeros(len(lengths), self.combine.out_features)
        outputs = []
        for x in self.dropout(self.target(target)).unbind(1):
            h, c = self.cell(torch.cat([x, output], 1), (h, c))
            scores = torch.bmm(h[:, None], keys)[:, 0].masked_fill(beyond, -1e9)
            context = torch.bmm(torch.softmax(scores, 1)[:, None], memory)[:, 0]
            output = torch.tanh(self.combine(torch.cat([h, context], 1)))
            outputs.append(output)
        return self.project(self.dropout(torch.stack(outputs, 1)))


def tokens_per_second(request):
    training = request["training"]
    translator = Translator(request["model"])
    adam = torch.optim.Adam(translator.parameters(), training["learningRate"], foreach=True)
    smoothed = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=training["labelSmoothing"])
    deadline = float("inf")
    first_loss = last_loss = None
    started, tokens = time.perf_counter(), 0
    for step, pairs in enumerate(request["batches"]):
        if step == request["warmUp"]:
            started, tokens = time.perf_counter(), 0
            deadline = started + request["seconds"]
        source = padded([pair[0] for pair in pairs])
        lengths = torch.tensor([len(pair[0]) for pair in pairs])
        read = padded([[request["begin"]] + pair[1] for pair in pairs])
        wanted = padded([pair[1] + [request["end"]] for pair in pairs])
        logits = translator(source, lengths, read)
        loss = smoothed(logits.flatten(0, 1), wanted.flatten())
        adam.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(translator.parameters(), training["clipNorm"])
        adam.step()
        last_loss = float(loss.detach())
        first_loss = last_loss if first_loss is None else first_loss
        tokens += sum(len(pair[1]) + 1 for pair in pairs)
        if time.perf_counter() >= deadline:
            break
    return {
        "tokensPerSecond": tokens / (time.perf_counter() - started),
        "firstLoss": first_loss,
        "lastLoss": last_loss,
        "parameters": sum(parameter.numel() for parameter in translator.parameters()),
    }


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    for line in sys.stdin:
        print(json.dumps(tokens_per_second(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
