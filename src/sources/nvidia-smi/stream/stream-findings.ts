import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {lostHandleFinding, lostHandles, messageFindings} from '../problems/error-texts.ts';
import {gpuFinding} from '../problems/gpu-finding.ts';
import {notAnsweringFinding, notStartedFinding} from '../problems/run-findings.ts';
import {isTransient} from '../run-once.ts';
import type {StreamEnd} from './stream-child.ts';

/** Problems from the end of the stream, the most explanatory first. */
export function streamEndFindings(end: StreamEnd, executable: string): readonly Finding[] {
  if (end.isStuck) return [notAnsweringFinding(1)];
  if (end.startError !== null) return [notStartedFinding(executable, end.startError)];
  const named = [...messageFindings(end.text), ...lostHandles(end.text).map(lostHandleFinding)];
  if (named.some(({severity}) => severity === 'critical')) return named;
  const how = end.exitCode === null ? 'was killed by a signal' : `exited with code ${end.exitCode}`;
  return [
    ...named,
    gpuFinding(
      'stream-ended',
      {
        message: `The stream of nvidia-smi ${how}; restarting it.`,
        remedy: 'No action is needed if the GPUs return. Otherwise run nvidia-smi yourself and read the kernel log.',
        severity: 'warning',
      },
      end.text.trim() === '' ? null : end.text.trim().slice(0, 200),
    ),
  ];
}

/**
 * True for an end that says nothing about the GPUs: killed, ended in order, or not started because the host was short of
 * something. Its successor usually runs.
 */
export function isTransientEnd({isStuck, startError, exitCode, text}: StreamEnd): boolean {
  if (isStuck) return false;
  if (startError !== null) return isTransient(startError);
  return text.trim() === '' && (exitCode === null || exitCode === 0);
}

/** True when an older driver refused the whole query because of one lost GPU. */
export function isBlinded(end: StreamEnd): boolean {
  return !end.isStuck && end.exitCode !== null && end.exitCode !== 0 && lostHandles(end.text).length > 0;
}
