import type {LifecycleTimer} from '../../domain/lifecycle/lifecycle.ts';
import {afterAwake} from '../../sources/host/awake-time.ts';

/** The lifecycle's timers, one of each name. */
export type Timers = {
  readonly set: (timer: LifecycleTimer, id: number, afterMs: number) => void;
  readonly clear: (timer: LifecycleTimer) => void;
  readonly clearAll: () => void;
};

/**
 * Timers that call `onFire` with their name and the id they were set with. Only time in which this process ran counts:
 * after it was stopped, what happened meanwhile is read before anything is concluded from silence.
 */
export function createTimers(onFire: (timer: LifecycleTimer, id: number) => void): Timers {
  const cancels = new Map<LifecycleTimer, () => void>();
  const clear = (timer: LifecycleTimer): void => {
    cancels.get(timer)?.();
    cancels.delete(timer);
  };
  return {
    clear,
    set(timer, id, afterMs) {
      clear(timer);
      cancels.set(
        timer,
        afterAwake(afterMs, () => onFire(timer, id)),
      );
    },
    clearAll() {
      for (const timer of [...cancels.keys()]) clear(timer);
    },
  };
}
