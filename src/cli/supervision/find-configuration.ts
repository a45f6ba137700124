import {existsSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {priceFindings} from '../../supervisor/configuration/configuration-findings.ts';
import {rowsInState} from '../../supervisor/configuration/configuration-rows.ts';
import type {ShownConfiguration} from '../../views/text/configuration-text.ts';
import {type Wiring, withoutPlace} from '../wiring.ts';
import {commandFindings} from './command-findings.ts';
import {recordedState} from './recorded-state.ts';
import {supervisedConfiguration} from './supervised-configuration.ts';

/** The configuration in force, from the supervisor; without one from the file, the environment and the journal. */
export async function findConfiguration(wiring: Wiring): Promise<Result<ShownConfiguration, ApiError>> {
  const present = await wiring.client.getSnapshot();
  if (!present.ok) return present.error.code === 'supervisor.unavailable' ? configurationHere(wiring) : present;
  const {configuration, findings, supervisor, engine, simulated} = present.value;
  const reported = findings.filter(({code}) => code.startsWith('configuration.'));
  const knownCodes = new Set(reported.map(({code}) => code));
  const ofCommand = commandFindings(wiring, present.value).filter(({code}) => !knownCodes.has(code));
  return ok({
    supervisorPid: supervisor.pid,
    simulated,
    isEngineRunning: engine.runId !== null,
    fileExists: existsSync(configuration.file),
    configuration,
    findings: [...reported, ...ofCommand],
  });
}

async function configurationHere(wiring: Wiring): Promise<Result<ShownConfiguration, ApiError>> {
  const {configurationError, loaded, configurationFile: file, environment: env} = wiring;
  if (configurationError !== null) return err(withoutPlace(configurationError));
  const {state, launches, run, simulatedNode} = await recordedState(wiring, Date.now());
  const {initial} = supervisedConfiguration(loaded, {filePath: file, env, simulatedNode});
  return ok({
    supervisorPid: null,
    simulated: simulatedNode !== null,
    isEngineRunning: run !== null,
    fileExists: existsSync(file),
    configuration: {file, isInForce: true, values: rowsInState(launches, initial, state)},
    findings: priceFindings(initial, file),
  });
}
