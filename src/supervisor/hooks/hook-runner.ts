import type {Event} from '../../api/event-schema.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type Hook, type HookOutcome, hookName, wantsEvent} from './hook.ts';
import {postHook} from './post-hook.ts';
import {runHookCommand} from './run-hook-command.ts';

/** Maximum queued events per hook; further ones are dropped and counted. */
export const MAX_WAITING_EVENTS = 32;
/** Time for queued events when the supervisor exits. */
const CLOSE_GRACE_MS = 3_000;

export type HookRunnerOptions = {
  readonly hooks: readonly Hook[];
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  /** Called when hooks fail, or are so slow that events are dropped. */
  readonly onFinding: (finding: Finding) => void;
  /** Called when a hook works again, with the code of the resolved finding. */
  readonly onFindingOver: (code: string) => void;
};

export type HookRunner = {
  /** Returns immediately; hooks never affect the caller. */
  readonly dispatch: (event: Event) => void;
  /** Runs these hooks from now on; what runs or waits in one that stays is not disturbed. */
  readonly replace: (hooks: readonly Hook[]) => void;
  /** Runs queued events for a short time, then stops. */
  readonly close: () => Promise<void>;
};

type Queue = {
  readonly hook: Hook;
  /** Its place in the configuration, from 1. */
  number: number;
  waiting: Event[];
  droppedCount: number;
  running: Promise<void> | null;
};

/** Runs hooks on events: one at a time per hook, in event order, with a bounded queue and a time limit. */
export function createHookRunner(options: HookRunnerOptions): HookRunner {
  const closing = new AbortController();
  let queues = queuesOf(options.hooks);

  function add(queue: Queue, event: Event): void {
    if (queue.waiting.length >= MAX_WAITING_EVENTS) {
      queue.droppedCount += 1;
      options.onFinding(dropped(queue));
      return;
    }
    queue.waiting.push(event);
    queue.running ??= workOff(queue);
  }

  async function workOff(queue: Queue): Promise<void> {
    for (let event = queue.waiting.shift(); event !== undefined; event = queue.waiting.shift()) {
      const outcome = await runOnce(queue.hook, event);
      if (closing.signal.aborted) break;
      // A hook that was removed has no findings.
      if (!queues.includes(queue)) continue;
      if (outcome === null) options.onFindingOver(failedCode(queue));
      else options.onFinding(failed(queue, event, outcome));
    }
    queue.running = null;
    if (queue.droppedCount === 0 || closing.signal.aborted) return;
    queue.droppedCount = 0;
    options.onFindingOver(droppedCode(queue));
  }

  function runOnce(hook: Hook, event: Event): Promise<HookOutcome> {
    const {environment, version} = options;
    const {timeoutMs} = hook;
    const text = JSON.stringify(event);
    const {signal} = closing;
    if (hook.url !== null) return postHook(hook.url, text, {timeoutMs, version, signal});
    return runHookCommand(hook.command ?? [], `${text}\n`, {timeoutMs, environment, signal});
  }

  return {
    dispatch(event) {
      // A failing hook must not trigger itself endlessly.
      if (String(event.details['finding'] ?? '').startsWith('hooks.')) return;
      for (const queue of queues) if (wantsEvent(queue.hook, event.code)) add(queue, event);
    },
    replace(hooks) {
      const earlier = queues.map((queue) => ({queue, codes: [failedCode(queue), droppedCode(queue)]}));
      queues = queuesOf(hooks, queues);
      for (const {queue, codes} of earlier) {
        const stays = queues.includes(queue);
        if (!stays) queue.waiting = [];
        // Findings name a hook by its place.
        if (!stays || !codes.includes(failedCode(queue))) codes.forEach(options.onFindingOver);
      }
    },
    async close() {
      const running = queues.flatMap((queue) => (queue.running === null ? [] : [queue.running]));
      if (running.length === 0) return;
      const limit = setTimeout(() => closing.abort(), CLOSE_GRACE_MS);
      await Promise.all(running);
      clearTimeout(limit);
    },
  };
}

/** One queue per hook. A hook that stays keeps its own, also in another place. */
function queuesOf(hooks: readonly Hook[], earlier: readonly Queue[] = []): readonly Queue[] {
  const left = [...earlier];
  return hooks.map((hook, index) => {
    const known = left.findIndex((queue) => JSON.stringify(queue.hook) === JSON.stringify(hook));
    const [queue] = known < 0 ? [] : left.splice(known, 1);
    if (queue !== undefined) {
      queue.number = index + 1;
      return queue;
    }
    return {hook, number: index + 1, waiting: [], droppedCount: 0, running: null};
  });
}

function failedCode({number}: Queue): string {
  return `hooks.failed-${number}`;
}

function droppedCode({number}: Queue): string {
  return `hooks.dropped-${number}`;
}

function failed(queue: Queue, event: Event, reason: string): Finding {
  return {
    code: failedCode(queue),
    severity: 'warning',
    message: `Hook ${queue.number} (${hookName(queue.hook)}) failed on ${event.code}: ${reason}.`,
    evidence: null,
    remedy: `Test it with an event from gantry events --json, and correct hooks[${queue.number - 1}] in the configuration.`,
    settingsChange: null,
  };
}

function dropped(queue: Queue): Finding {
  const {number, droppedCount, hook} = queue;
  return {
    code: droppedCode(queue),
    severity: 'warning',
    message: `Hook ${number} (${hookName(hook)}) is slower than the events: ${droppedCount} ${droppedCount === 1 ? 'was' : 'were'} dropped.`,
    evidence: null,
    remedy: 'Make it faster, or use fewer codes; gantry events has all events.',
    settingsChange: null,
  };
}
