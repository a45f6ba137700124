import {toLaunchSettings} from '../../config/configuration.ts';
import {applySettingsChange} from '../../domain/lifecycle/launch-settings.ts';
import {reportStart} from '../await-ready.ts';
import {ensureSupervisor} from '../ensure-supervisor.ts';
import type {ExitCode} from '../exit-codes.ts';
import {type LaunchOptions, settingsChangeOf} from '../launch-options.ts';
import {printError} from '../output.ts';
import {type GlobalOptions, outputOf, wire} from '../wiring.ts';

/** `gantry up`: plan first, then start; refused when it cannot fit, unless forced. */
export async function runUp(
  global: GlobalOptions,
  options: LaunchOptions & {readonly force?: boolean; readonly wait?: boolean},
): Promise<ExitCode> {
  const wiring = await wire(global);
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, configuration, output} = wiring.value;
  const supervisor = await ensureSupervisor(wiring.value, null);
  if (!supervisor.ok) return printError(output, supervisor.error);
  if (supervisor.value.simulated) {
    return printError(output, {
      code: 'demo.running',
      message: 'The simulated node is running, and one supervisor looks after one node.',
      remedy: 'End it with gantry down, then run gantry up again.',
    });
  }
  const settings = applySettingsChange(toLaunchSettings(configuration), settingsChangeOf(options));
  const reply = await client.sendCommand({type: 'start', settings, force: options.force === true});
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  return reportStart(wiring.value, reply.value.message, options.wait === true);
}
