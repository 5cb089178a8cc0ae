import { logAddTwo } from "../log-space.js";
import { noBonus, type PrefixBonus } from "./prefix-bonus.js";

/**
 * A sequence of labels that the frames so far may stand for: a node of a tree whose root is the empty sequence.
 *
 * Masses are ln p, summed over the alignments that end here: those whose last frame is the blank and those whose last
 * frame is the last label must be told apart, for only after a blank does the same label count twice.
 */
export class Prefix {
  /** Mass of the alignments that end in a blank. */
  blankMass = -Infinity;
  /** Mass of the alignments that end in the last label. */
  labelMass = -Infinity;
  /** Of both together. */
  mass = -Infinity;
  /** The masses after the frame at hand. */
  nextBlankMass = -Infinity;
  nextLabelMass = -Infinity;
  /** Whether it is among those that are kept. */
  kept = false;
  private children: Map<number, Prefix> | undefined;
  private bonuses: Map<number, PrefixBonus> | undefined;

  constructor(
    readonly parent: Prefix | null,
    /** The last label; -1 of the empty sequence. */
    readonly label: number,
    readonly bonus: PrefixBonus,
  ) {}

  /** The one with `label` added, where it was made before. */
  known(label: number): Prefix | undefined {
    return this.children?.get(label);
  }

  /** The one with `label` added. */
  child(label: number): Prefix {
    const known = this.known(label);
    if (known !== undefined) return known;
    const child = new Prefix(this, label, this.bonusAfter(label));
    this.children ??= new Map();
    this.children.set(label, child);
    return child;
  }

  /** The bonus of the one with `label` added; asked for in frame after frame, and found once. */
  bonusAfter(label: number): PrefixBonus {
    if (this.bonus === noBonus) return noBonus;
    this.bonuses ??= new Map();
    let bonus = this.bonuses.get(label);
    if (bonus === undefined) this.bonuses.set(label, (bonus = this.bonus.after(label)));
    return bonus;
  }

  /** Goes on to the next frame. */
  advance(): void {
    this.blankMass = this.nextBlankMass;
    this.labelMass = this.nextLabelMass;
    this.mass = logAddTwo(this.blankMass, this.labelMass);
  }

  /** Forgets the children that are not in `alive`, and the bonuses of those that it may have. */
  forget(alive: ReadonlySet<Prefix>): void {
    if (!this.kept) this.bonuses = undefined;
    if (this.children === undefined) return;
    for (const [label, child] of this.children) if (!alive.has(child)) this.children.delete(label);
    if (this.children.size === 0) this.children = undefined;
  }
}

/** All labels of a prefix, first to last. */
export function labelsOf(prefix: Prefix): number[] {
  const labels: number[] = [];
  for (let node = prefix; node.parent !== null; node = node.parent) labels.push(node.label);
  return labels.reverse();
}
