// Plays music in quarter notes, round and round, and takes over what is changed while it plays.

const AHEAD = 0.1; // seconds that are scheduled before they sound
const AHEAD_HIDDEN = 1.6; // where a browser lets a page in the background work once a second only
const TICK = 25; // milliseconds

export class Player {
  /**
   * `voices(context)` makes what `start(note, when, seconds)` plays a note with; `moved(quarters)` is called on
   * every frame, and with null when the music stops.
   */
  constructor(voices, moved) {
    this.makeVoices = voices;
    this.moved = moved;
    this.music = {notes: [], quarters: 8};
    this.qpm = 120;
    this.loop = true;
    this.playing = false;
    this.sounding = [];
    this.at = 0; // where it begins, in quarters
  }

  /** Where the music is, in quarters. */
  get position() {
    return this.playing ? this.passed() % this.music.quarters : this.at;
  }

  passed(time = this.context.currentTime) {
    return Math.max(0, this.from + ((time - this.since) * this.qpm) / 60);
  }

  /** Makes the sound; a browser allows it after the first click or key only. */
  async open() {
    if (!this.context) {
      this.context = new AudioContext({latencyHint: 'interactive'});
      this.voices = this.makeVoices(this.context);
    }
    await this.context.resume();
  }

  /** Plays other music from now on, at the same place. Returns the audio clock's time of that. */
  load(music) {
    const at = this.position % music.quarters;
    this.music = music;
    if (this.playing) {
      return this.begin(at);
    }
    this.at = this.at < music.quarters ? this.at : 0;
    return 0;
  }

  setTempo(qpm) {
    const at = this.position;
    this.qpm = qpm;
    if (this.playing) {
      this.begin(at);
    }
  }

  seek(at) {
    this.at = at;
    if (this.playing) {
      this.begin(at);
    } else {
      this.moved(at);
    }
  }

  async play() {
    await this.open();
    this.playing = true;
    this.begin(this.at);
    clearInterval(this.timer);
    this.timer = setInterval(() => this.schedule(), TICK);
    const frame = () => {
      if (this.playing) {
        this.moved(this.position);
        requestAnimationFrame(frame);
      }
    };
    requestAnimationFrame(frame);
  }

  stop() {
    this.playing = false;
    this.at = 0;
    clearInterval(this.timer);
    this.silence();
    this.moved(null);
  }

  silence() {
    this.sounding.forEach(({end}) => end());
    this.sounding = [];
  }

  /** Plays from `at`, notes that have begun before included. */
  begin(at) {
    this.silence();
    this.from = at;
    this.since = this.context.currentTime + 0.01;
    this.until = at;
    for (const note of this.music.notes) {
      if (note[1] < at && at < note[2] && !note[5]) {
        this.start(note, this.since, note[2] - at);
      }
    }
    this.schedule();
    return this.since;
  }

  start(note, when, quarters) {
    const seconds = (quarters * 60) / this.qpm;
    this.sounding.push({until: when + seconds + 2, end: this.voices.start(note, when, seconds)});
  }

  /** Hands everything that begins soon to the audio clock. */
  schedule() {
    const {notes, quarters} = this.music, now = this.context.currentTime;
    const horizon = this.passed(now + (document.hidden ? AHEAD_HIDDEN : AHEAD));
    while (this.until < horizon) {
      const round = Math.floor(this.until / quarters + 1e-9), base = round * quarters;
      if (round > 0 && !this.loop) {
        if (this.passed(now) >= quarters) {
          this.stop();
        }
        return;
      }
      const end = Math.min(horizon, base + quarters);
      for (const note of notes) {
        const at = base + note[1];
        if (this.until <= at + 1e-9 && at < end - 1e-9) {
          this.start(note, this.since + ((at - this.from) * 60) / this.qpm, note[2] - note[1]);
        }
      }
      this.until = end;
    }
    this.sounding = this.sounding.filter(({until}) => until > now);
  }
}
