import type {ActiveRequest} from './request.ts';

/** Tokens that one engine core has counted since it was started, and when that was (epoch seconds). */
export type CoreTokens = {
  promptTokens: number;
  cachedPromptTokens: number;
  generationTokens: number;
  createdSeconds: number;
};

/** The engine cores of a server. Each counts the tokens of its own requests, and begins at zero when it is started again. */
export class EngineCores {
  readonly #cores: CoreTokens[];

  constructor(count: number) {
    this.#cores = Array.from({length: count}, startedNow);
  }

  get all(): readonly Readonly<CoreTokens>[] {
    return this.#cores;
  }

  /** The core that has a request, always the same one. */
  of({spec}: ActiveRequest): CoreTokens {
    let place = 0;
    for (const character of spec.id) place = (place * 31 + (character.codePointAt(0) ?? 0)) % this.#cores.length;
    return this.#cores[place] ?? startedNow();
  }

  reset(core: number): void {
    if (core < this.#cores.length) this.#cores[core] = startedNow();
  }

  sum(kind: Exclude<keyof CoreTokens, 'createdSeconds'>): number {
    return this.#cores.reduce((total, core) => total + core[kind], 0);
  }
}

function startedNow(): CoreTokens {
  return {promptTokens: 0, cachedPromptTokens: 0, generationTokens: 0, createdSeconds: Date.now() / 1000};
}
