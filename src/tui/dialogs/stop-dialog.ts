import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import type {PanelView, Row} from '../../views/rows.ts';
import {wrapText} from '../painting/wrap-text.ts';
import {type StopChoice, stopChoices} from '../state/console-state.ts';
import {DRAIN_MS} from '../state/press.ts';

const labels: Readonly<Record<StopChoice, string>> = {
  keep: 'n  Keep it running',
  drain: `d  Let running requests end first (up to ${DRAIN_MS / 1000} s), then stop`,
  now: 'y  Stop now',
};

/** "Stop the engine?", with what it does to those who are being served, and what coming back costs. */
export function stopDialog(snapshot: Snapshot, choice: StopChoice, columns: number, ellipsis: string): PanelView {
  const name = snapshot.engine.name ?? 'the engine';
  const consequences = [requestsSentence(snapshot), comebackSentence(snapshot)].filter((sentence) => sentence !== null);
  return {
    title: `Stop ${name}?`,
    titleNote: '',
    tone: 'warning',
    rows: [
      ...consequences.flatMap((sentence) => wrapText(sentence, columns, 3, ellipsis).map(normalRow)),
      [],
      ...stopChoices.map((candidate) => choiceRow(labels[candidate], candidate === choice)),
    ],
  };
}

function requestsSentence({traffic}: Snapshot): string {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  if (isAbsent(running)) return `How many requests are running is not known (${running.absent}); they will be cut off.`;
  const waitingText = isPresent(waiting) && waiting > 0 ? `, ${waiting} waiting` : '';
  if (running === 0 && waitingText === '') return 'No request is running.';
  return `${running} ${running === 1 ? 'request' : 'requests'} running${waitingText}: cut off when stopped now.`;
}

/** How long the last start took, which is the best guess for the next one, and its price at the node's hourly cost. */
function comebackSentence({engine, cost}: Snapshot): string | null {
  if (engine.startedAtMs === null || engine.readyAtMs === null) return null;
  const startMs = engine.readyAtMs - engine.startedAtMs;
  if (startMs <= 0) return null;
  const minutes = Math.max(1, Math.round(startMs / 60_000));
  const {nodeUsdPerHour} = cost;
  const price = isPresent(nodeUsdPerHour) ? ` (about $${((nodeUsdPerHour * startMs) / 3_600_000).toFixed(2)} of node time)` : '';
  return `Starting it again took ${minutes} min last time${price}.`;
}

function normalRow(text: string): Row {
  return [{text, tone: 'normal'}];
}

function choiceRow(label: string, isChosen: boolean): Row {
  return [{text: `${isChosen ? '>' : ' '} ${label}`, tone: isChosen ? 'accent' : 'normal'}];
}
