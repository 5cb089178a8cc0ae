import { type Split } from "@timestep/data";

type Labelled = readonly (readonly [label: "negative" | "positive", text: string])[];

/** Sentences that no grammar made, half of them positive. */
export const HAND_WRITTEN: Readonly<Record<Split, Labelled>> = {
  train: [
    ...of(
      "positive",
      `We laughed from the first scene to the last.
      Dinner arrived hot and the pie was heavenly.
      I finished the novel in one night and started again.
      The staff remembered our names and our coffee.
      A small album with a big heart.
      Every level taught me something new.
      The bed was soft and the street was quiet.
      It does one job and does it beautifully.
      My children ask for it every weekend.
      The band played as if it were their last night on earth.
      She writes about grief without a false note.
      I came for the soup and stayed for the cake.
      The guide made old stones talk.
      Not a minute of the show is wasted.
      They fixed my bicycle while I waited and charged almost nothing.
      The ending gave me goose bumps.`,
    ),
    ...of(
      "negative",
      `We looked at our watches from the first scene to the last.
      Dinner arrived cold and the pie was burnt.
      I gave up on the novel in the second chapter.
      The staff forgot our order and then forgot us.
      A loud album with nothing to say.
      Every level is the same corridor in another colour.
      The bed was hard and the street never slept.
      It tries ten jobs and fails at all of them.
      My children asked to go home.
      The band played as if they were paid by the hour.
      She writes about grief like a tax form.
      I came for the soup and left before the cake.
      The guide read from a leaflet and got it wrong.
      Most of the show is padding.
      They kept my bicycle for a month and broke the bell.
      The ending made no sense at all.`,
    ),
  ],
  dev: [
    ...of(
      "positive",
      `I would walk a long way for that bread.
      The second act alone is worth the ticket.
      Setup took a minute and it has worked ever since.
      Our room looked out on the sea.`,
    ),
    ...of(
      "negative",
      `I would walk a long way to avoid that bread.
      The second act alone cost me my patience.
      Setup took a day and it has failed ever since.
      Our room looked out on a wall.`,
    ),
  ],
  test: [
    ...of(
      "positive",
      `The jokes are old and still they work.
      I read the last page twice because I did not want to leave.
      The waiter found us a table and a smile.
      This phone survived my toddler.`,
    ),
    ...of(
      "negative",
      `The jokes are new and still they fail.
      I read the last page first because I wanted to leave.
      The waiter lost our table and his temper.
      This phone did not survive its own box.`,
    ),
  ],
};

function of(label: "negative" | "positive", lines: string): Labelled {
  return lines.split("\n").map((line) => [label, line.trim()] as const);
}
