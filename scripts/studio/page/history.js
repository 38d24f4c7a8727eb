// What is on the desk, and how to go back: every snapshot is {piece, settings}, and none is ever changed.

const MOST = 200;

export class History {
  /** `changed(snapshot)` is called with whatever is on the desk now. */
  constructor(changed) {
    this.changed = changed;
    this.versions = [{past: [], future: [], now: null}, null];
    this.slot = 0;
  }

  /** The version on the desk, A or B; each goes back and forth by itself. */
  get version() {
    return this.versions[this.slot];
  }

  get now() {
    return this.version.now;
  }

  /** Puts something on the desk; `lasting` makes it a step of its own to undo. */
  set(snapshot, lasting = true) {
    const {version} = this;
    if (lasting && version.kept) {
      version.past = [...version.past.slice(-MOST), version.kept];
      version.future = [];
    }
    version.kept = lasting || !version.kept ? snapshot : version.kept;
    version.now = snapshot;
    this.changed(snapshot);
  }

  undo() {
    this.move(this.version.past, this.version.future);
  }

  redo() {
    this.move(this.version.future, this.version.past);
  }

  move(from, to) {
    if (from.length) {
      to.push(this.now);
      this.version.now = this.version.kept = from.pop();
      this.changed(this.now);
    }
  }

  /** Goes to version A (0) or B (1); the other begins as this one. */
  choose(slot) {
    if (slot !== this.slot && this.now) {
      this.versions[slot] ||= {past: [], future: [], now: this.now, kept: this.now};
      this.slot = slot;
      this.changed(this.now);
    }
  }
}
