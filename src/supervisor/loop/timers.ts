import type {LifecycleTimer} from '../../domain/lifecycle/lifecycle.ts';

/** The lifecycle's timers, one of each name. */
export type Timers = {
  readonly set: (timer: LifecycleTimer, id: number, afterMs: number) => void;
  readonly clear: (timer: LifecycleTimer) => void;
  readonly clearAll: () => void;
};

/** Timers that call `onFire` with their name and the id they were set with. */
export function createTimers(onFire: (timer: LifecycleTimer, id: number) => void): Timers {
  const handles = new Map<LifecycleTimer, NodeJS.Timeout>();
  const clear = (timer: LifecycleTimer): void => {
    clearTimeout(handles.get(timer));
    handles.delete(timer);
  };
  return {
    clear,
    set(timer, id, afterMs) {
      clear(timer);
      handles.set(
        timer,
        setTimeout(() => onFire(timer, id), afterMs),
      );
    },
    clearAll() {
      for (const timer of [...handles.keys()]) clear(timer);
    },
  };
}
