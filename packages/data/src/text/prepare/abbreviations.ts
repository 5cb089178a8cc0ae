/** Words that keep their full stop, as written; of some only before a number. */
export interface Abbreviations {
  readonly always: ReadonlySet<string>;
  readonly beforeNumber: ReadonlySet<string>;
}

const list = (words: string): string[] => words.trim().split(/\s+/u);

/** Initials of names. */
const CAPITALS = list("A B C D E F G H I J K L M N O P Q R S T U V W X Y Z");

const TITLES = list(`
  Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr Ens Gen Gov Hon Hosp Insp Lt MM MR MRS MS
  Maj Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc Sgt Sr St Supt Surg
`);

const ROMAN = list("I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX");

/** German writes ordinal numbers with a full stop. */
const ORDINALS = Array.from({ length: 100 }, (_, number) => String(number));

const BY_LANGUAGE: Readonly<Record<string, Abbreviations>> = {
  en: {
    always: new Set([
      ...CAPITALS,
      ...TITLES,
      ...list("Drs Hr v vs rev Rs Nos Nr Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec"),
    ]),
    beforeNumber: new Set(list("No Art pp")),
  },
  de: {
    always: new Set([
      ...CAPITALS,
      ...CAPITALS.map((letter) => letter.toLowerCase()),
      ...TITLES,
      ...ROMAN,
      ...ROMAN.map((number) => number.toLowerCase()),
      ...ORDINALS,
      ...list(`
        Mio Mrd bzw vs usw etc MwSt ggf vgl sogen sog ff Buchst Std evtl Zt Chr Ltd spp sen SA jun dgl dergl Co zzt usf
        Dkr Corp bzgl BSE Nr No Nos Art pp ca Ca
      `),
    ]),
    beforeNumber: new Set(),
  },
  fr: {
    always: new Set([
      ...CAPITALS,
      ...ROMAN,
      ...list(
        "M MM Mr Mme Mmes Mlle Mlles Dr Drs Me Mgr Pr Prof St Ste Sts Stes av bd boul chap cf env etc ex fig hab",
      ),
      ...list("janv févr avr juil sept oct nov déc éd ill p pp vol min max"),
    ]),
    beforeNumber: new Set(list("art n no nos tél")),
  },
};

const NONE: Abbreviations = { always: new Set(CAPITALS), beforeNumber: new Set() };

/** The abbreviations of a language; for one without a list, initials. */
export function abbreviationsOf(language: string): Abbreviations {
  return BY_LANGUAGE[language] ?? NONE;
}
