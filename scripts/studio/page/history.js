// What is on the desk, and how to go back: every snapshot is {piece, settings}, and none is ever changed.

const MOST = 200;

export class History {
  /** `changed(snapshot)` is called with whatever is on the desk now. */
  constructor(changed) {
    this.changed = changed;
    this.past = [];
    this.future = [];
    this.now = null;
    this.slots = [null, null];
    this.slot = 0;
  }

  /** Puts something on the desk; `lasting` makes it a step of its own to undo. */
  set(snapshot, lasting = true) {
    if (lasting && this.kept) {
      this.past = [...this.past.slice(-MOST), this.kept];
      this.future = [];
    }
    this.kept = lasting || !this.kept ? snapshot : this.kept;
    this.now = snapshot;
    this.changed(snapshot);
  }

  undo() {
    this.move(this.past, this.future);
  }

  redo() {
    this.move(this.future, this.past);
  }

  move(from, to) {
    if (from.length) {
      to.push(this.now);
      this.now = this.kept = from.pop();
      this.changed(this.now);
    }
  }

  /** Goes to version A (0) or B (1); the other begins as this one. */
  choose(slot) {
    if (slot !== this.slot) {
      this.slots[this.slot] = this.now;
      this.slot = slot;
      this.set(this.slots[slot] || this.now);
    }
  }
}
