import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {kubernetesFinding} from './kubernetes-finding.ts';

const probe = /\b(Startup|Readiness|Liveness) probe (?:failed|errored): ?(.*)/;
/** Age of an event: of its last occurrence, and of its first. */
const age = /\s(\d[\dsmhd]{0,12}) (?:\(x\d{1,6} over (\w{1,20})\))?/;

/** A probe that fails: what it found, and what that means of an engine that loads a model for minutes. */
export function probeFinding(lines: readonly string[]): Finding | null {
  const failed = lines.flatMap((text) => {
    const match = probe.exec(text);
    return match === null ? [] : [{text, name: match[1] ?? '', reason: match[2] ?? ''}];
  });
  // Only these restart the container; readiness fails at the same time.
  const last = failed.findLast(({name}) => name !== 'Readiness') ?? failed.at(-1);
  if (last === undefined) return null;
  const {text, name, reason} = last;
  const isRestarted = lines.some((line) => /failed (?:liveness|startup) probe, will be restarted/.test(line));
  const {found, remedy} = explained(reason, name, isRestarted);
  const started = lines.findLast((line) => /Started container/.test(line));
  const since = age.exec(started ?? '')?.[1];
  const shown = since === undefined || !isRefused(reason) ? '' : `, ${since} after the container was started`;
  const effect = isRestarted ? ' Kubernetes restarts the container because of it.' : '';
  return kubernetesFinding(
    `${name.toLowerCase()}-probe-failed`,
    `The ${name.toLowerCase()} probe fails${shown}: ${found}.${effect}`,
    remedy,
    text,
  );
}

function isRefused(reason: string): boolean {
  return /connection refused|no route to host|connection reset|EOF/.test(reason);
}

function explained(
  reason: string,
  name: string,
  isRestarted: boolean,
): {readonly found: string; readonly remedy: string} {
  const status = /status ?code: (\d{3})/i.exec(reason)?.[1];
  if (isRefused(reason)) {
    const where = /dial tcp (?:\S{1,60}:)?(\d{1,5})/.exec(reason)?.[1];
    return {
      found: `nothing listens on ${where === undefined ? 'its port' : `port ${where}`} yet`,
      remedy: isRestarted || name !== 'Readiness' ? budget : `${loading} ${port}`,
    };
  }
  if (/deadline exceeded|Client\.Timeout|timed? ?out/i.test(reason)) {
    return {
      found: 'the server does not answer in time',
      remedy:
        'Raise timeoutSeconds: under load, /health answers late. If it never answers, its log says why: kubectl logs POD | gantry diagnose',
    };
  }
  if (status === '404') {
    return {found: 'there is no such path (404)', remedy: 'Probe /health: every engine that Gantry knows has it.'};
  }
  if (status === '401' || status === '403') {
    return {found: `the path needs a key (${status})`, remedy: 'Probe /health, which needs none.'};
  }
  if (status === '503') {
    return {
      found: 'the server answers that it is not healthy (503)',
      remedy: 'It still loads the model, or its engine has failed: kubectl logs POD | gantry diagnose',
    };
  }
  return {
    found: status === undefined ? 'the server does not answer as expected' : `the server answers with ${status}`,
    remedy: 'Its log says why: kubectl logs POD | gantry diagnose',
  };
}

const loading =
  'An engine opens its port only when the model is loaded: kubectl logs POD | gantry diagnose shows how far it is.';
const port = 'If it serves already, compare the port of the probe with that of the engine.';
const budget = `${loading} Give the startup probe as much time as that: failureThreshold times periodSeconds. ${port}`;
