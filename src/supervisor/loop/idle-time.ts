/** How long nobody has needed the supervisor: no engine, no client. Monotonic. */
export class IdleTime {
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** True once it was not needed for `limitMs`; the limit may change meanwhile. */
  isOver(isNeeded: boolean, nowMs: number, limitMs: number): boolean {
    if (isNeeded) this.#sinceMs = nowMs;
    return !isNeeded && nowMs - this.#sinceMs >= limitMs;
  }
}
