// Drums under the tune: a few bars from the server, again and again for as long as the music lasts.

import {post} from './api.js';
import {$, trying} from './dom.js';

const EARLY = 0.125; // quarters by which a hit may come before its sixteenth

export class Drums {
  constructor(desk) {
    this.desk = desk;
    $('drums').addEventListener('click', () => this.toggle());
    $('another-beat').addEventListener('click', () => this.play((desk.settings.drums?.seed ?? 0) + 1));
  }

  /** Takes away the drums where another model's music has none. */
  use({verbs}) {
    this.possible = verbs.includes('drums');
    if (!this.possible && this.desk.settings.drums) {
      this.desk.set({drums: null});
    }
  }

  toggle() {
    if (this.possible) {
      this.desk.settings.drums ? this.desk.set({drums: null}) : this.play();
    }
  }

  /** Puts the drums that a seed draws under the tune. */
  play(seed = 0) {
    return trying(async () => {
      $('drums').setAttribute('aria-busy', 'true');
      try {
        const {notes, quarters} = await post('/api/verbs/drums', {seed});
        this.desk.set({drums: {seed, notes, quarters}});
      } finally {
        $('drums').removeAttribute('aria-busy');
      }
    });
  }

  show({drums}) {
    $('drums').setAttribute('aria-pressed', Boolean(drums));
    $('another-beat').hidden = !drums;
  }
}

/** The notes of drums for a tune of `quarters`. */
export function drumNotes(drums, quarters) {
  const rounds = drums ? Math.ceil(quarters / drums.quarters) : 0;
  return Array.from({length: rounds}, (_, round) => round * drums.quarters).flatMap((from) => drums.notes
    .map(([pitch, start, end, ...rest]) => [pitch, from + start, Math.min(from + end, quarters), ...rest])
    .filter(([, start]) => start < quarters - EARLY));
}
