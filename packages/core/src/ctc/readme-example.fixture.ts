import { ctcEmissionsOf, ctcWords, prefixBeamSearch, trainNgrams, wordModelBonus } from "../index.js";

const alphabet = ["", " ", "a", "n", "t"]; // the first class is the blank
const separator = 1;
const heard = ["a", "n", "", " ", "a", "n", "n", ""];
const logits = heard.flatMap((said) => alphabet.map((text): number => (text === said ? 6 : 0)));
logits[6 * alphabet.length + 4] = 5.5; // in frame 6 it might be a t as well
const emissions = ctcEmissionsOf(logits, heard.length, alphabet.length);

const sentences = ["an ant", "an ant", "a tan"].map((sentence) => sentence.split(" "));
const model = trainNgrams(sentences, { order: 2, smoothing: "witten-bell" });
const bonus = wordModelBonus({ model, alphabet, separator, weight: 1, insertion: 1 });
const [plain] = prefixBeamSearch(emissions);
const [best] = prefixBeamSearch(emissions, { bonus });
const say = (labels: readonly number[] = []) => labels.map((label) => alphabet[label]).join("");
console.log(`${say(plain?.labels)} -> ${say(best?.labels)}`); // an an -> an ant
for (const word of ctcWords(emissions, best?.labels ?? [], { alphabet, separator })) {
  console.log(word.text, word.start, word.end, word.confidence.toFixed(2)); // an 0 2 0.98, ant 4 7 0.37
}
