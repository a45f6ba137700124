import type {LaunchSettings, SettingsChange} from '../settings/launch-settings.ts';
import {detailsOf} from './details/details.ts';
import type {Finding} from './finding.ts';

/** Ports above a taken one that are worth a try. */
const PORTS_TRIED = 8;

/** A failure of this kind is about the port, whatever engine or check found it. */
const portProblem = /\.port-in-use$/;

/**
 * Settings that may fix a finding, in the order in which to try them: its own, those that it lists, and what follows
 * from the settings themselves. None of them is checked.
 */
export function cureCandidates(finding: Finding, settings: LaunchSettings): readonly SettingsChange[] {
  const {settingsChange, cure} = finding;
  const candidates = [
    ...(settingsChange === null ? [] : [settingsChange]),
    ...(cure?.alternatives ?? []),
    ...(detailsOf(finding, 'preflight.does-not-fit')?.cures ?? []).map((listed) => listed.settingsChange),
    ...(portProblem.test(causeCode(finding)) ? higherPorts(settings) : []),
  ];
  const texts = candidates.map((change) => JSON.stringify(change));
  return candidates.filter((_change, index) => texts.indexOf(texts[index] ?? '') === index);
}

/** The code of what happened: crashes have that of the last one. */
function causeCode(finding: Finding): string {
  return detailsOf(finding, 'lifecycle.crash-loop')?.cause.code ?? finding.code;
}

function higherPorts({port}: LaunchSettings): readonly SettingsChange[] {
  return Array.from({length: PORTS_TRIED}, (_, index) => ({port: port + index + 1})).filter(
    (change) => change.port < 65_536,
  );
}
