/** What sets our Flickr8k apart from that of published systems. */
const flickrPictures =
  "our pictures are copies squeezed to 224×224 pixels and encoded as JPEG once more, theirs the originals";

/** What others report for the test split of a recipe, to stand beside ours. */
export const published: Readonly<Record<string, string>> = {
  "slots atis":
    "slotF1 95.9, intentAccuracy 96.9, frameAccuracy 86.5: stack-propagation BiLSTM (Qin et al. 2019); slotF1 95.2, 94.1, 82.6: slot-gated (Goo et al. 2018)",
  "slots wnut17":
    "slotF1 41.86: UH-RiTUAL, winner of the shared task (Aguilar et al. 2017); 40.78: SpinningBytes",
  "slots travel": "none: made here",
  "sentiment tiny": "none: made here",
  "sentiment sst2-tree":
    "accuracy 88.0: constituency tree LSTM, tuned 840B vectors (Tai et al. 2015); 85.4: RNTN",
  "sentiment sst5-tree":
    "accuracy 51.0: constituency tree LSTM, tuned 840B vectors (Tai et al. 2015); 45.7: RNTN",
  "sentiment sst2-bilstm": "accuracy 87.5: bidirectional LSTM (Tai et al. 2015)",
  "sentiment imdb": "accuracy 91.2: NBSVM over bigrams (Wang & Manning 2012); 86.5: LSTM (Dai & Le 2015)",
  "translate reverse": "none: made here",
  "translate multi30k-en-de":
    "bleu 39.0: best single recurrent model on text alone that is known to us, lower-cased words; 32 to 38: usual GRUs with attention",
  "translate multi30k-de-en":
    "bleu 28.1: GRU with additive attention, greedy; 36.5: transformer of its size (both of pytorch-seq2seq, other words)",
  "translate multi30k-de-en-plain":
    "perplexity 34.7 to 37.5: GRU without attention (pytorch-seq2seq, other words)",
  "translate tatoeba-cmn-eng": "none that has this split",
  "caption scenes": "none: made here",
  "caption flickr8k-attention": `bleu1 67, bleu4 21.3: hard attention on VGG (Xu et al. 2015), 67 and 19.5: soft; ${flickrPictures}`,
  "caption flickr8k-initial-state": `bleu1 63, bleu3 27: Show and Tell (Vinyals et al. 2015, as Xu et al. cite it); bleu1 57.9, bleu4 16.0: Karpathy & Fei-Fei 2015; ${flickrPictures}`,
  "speech tiny": "none: made here",
  "speech fsdd-digits": "none with a source on this split",
  "speech fsdd-strings": "none: strings are joined here",
  "speech fsdd-strings-held-out": "none: strings are joined here",
  "speech fsdd-streaming": "none: strings are joined here",
  "speech fsdd-embeddings": "none with a source on this split",
};
