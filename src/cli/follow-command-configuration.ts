import {followConfiguration} from '../config/follow-configuration.ts';
import {atBeatIfAlive} from '../sources/host/beat.ts';
import type {CommandConfiguration} from './supervision/command-findings.ts';
import type {Wiring} from './wiring.ts';

/** The configuration of a command that stays open, read again whenever its file has changed. */
export function followCommandConfiguration({
  loaded,
  configurationFile,
  configurationError,
  environment,
}: CommandConfiguration & Pick<Wiring, 'environment'>): {
  readonly current: () => CommandConfiguration;
  readonly stop: () => void;
} {
  let current: CommandConfiguration = {loaded, configurationFile, configurationError};
  const {stop} = followConfiguration({
    filePath: configurationFile,
    env: environment,
    ownPrices: loaded.ownPrices,
    later: atBeatIfAlive,
    onChange(read) {
      current = read.ok
        ? {loaded: read.value, configurationFile, configurationError: null}
        : {...current, configurationError: read.error};
    },
  });
  return {current: () => current, stop};
}
