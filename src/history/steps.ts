/** A reading in steps: after each `yield`, other work may come first. */
export type Steps<T> = Generator<void, T>;

/** Node has much else to do each second: a reading takes this much at a time, milliseconds. */
const SLICE_MS = 4;

/** The result without a pause. */
export function resultOf<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The result, with pauses in which sockets, timers and other work have their turn. */
export async function resultInSlices<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const untilMs = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < untilMs);
    await new Promise<void>((resume) => {
      setImmediate(resume);
    });
  }
}
