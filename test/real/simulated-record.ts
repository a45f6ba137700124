import type {LaunchSettings} from '../../src/domain/settings/launch-settings.ts';
import {findEngine} from '../../src/engines/registry.ts';
import {eventually} from '../harness/eventually.ts';
import {reservePort} from '../harness/ports.ts';
import {buildSimulator} from '../simulator/build-simulator.ts';
import {chat, type RunningEngine, runEngine} from '../simulator/run-engine.ts';
import type {EngineRecord, ExitName} from './engine-record.ts';
import {readPage} from './real-engine.ts';

export type SimulatedCase = {
  readonly program: string;
  readonly settings: (port: number) => LaunchSettings;
  /** What it logs once it serves. */
  readonly readyText: string;
};

/** What the simulated engine prints, serves and ends with where the real one is made to. */
export async function recordSimulated({program, settings, readyText}: SimulatedCase): Promise<EngineRecord> {
  const simulator = await buildSimulator();
  const engines: RunningEngine[] = [];
  const start = async (scenario: string, extraArguments: readonly string[] = [], port?: number) => {
    const node = await simulator.install(scenario);
    const ownPort = port ?? (await reservePort());
    const own = {...settings(ownPort), extraArguments: [...extraArguments]};
    const host = {version: null, isModelOnDisk: true, apiKey: null, runDirectory: '/tmp'};
    const launch = findEngine(own.engine)?.buildLaunch(own, host);
    if (launch === undefined) throw new Error(`There is no engine ${own.engine}.`);
    const words = launch.arguments.flatMap(({argv}) => argv);
    const variables = Object.fromEntries(launch.environment.map(({name, value}) => [name, value]));
    const engine = runEngine(node, program, words, ownPort, variables);
    engines.push(engine);
    return {engine, port: ownPort};
  };
  const statusOf = async ({ended}: RunningEngine): Promise<number | null> => {
    const {code, signal} = await ended;
    return signal === null ? code : null;
  };
  const exits: Partial<Record<ExitName, number | null>> = {};
  try {
    const {engine, port} = await start('idle');
    await eventually(() => engine.output().includes(readyText), `${readyText} in the output`, {withinMs: 120_000});
    for (let request = 0; request < 3; request += 1) await (await chat(engine, {max_tokens: 24})).text();
    const {text} = await readPage(engine.url);
    const second = await start('idle', [], port);
    exits['port in use'] = await statusOf(second.engine);
    engine.child.kill('SIGTERM');
    exits['SIGTERM while idle'] = await statusOf(engine);
    exits['KV cache too small'] = await statusOf((await start('kv-too-small')).engine);
    exits['unknown argument'] = await statusOf((await start('idle', ['--no-such-argument'])).engine);
    return {version: 'simulated', logs: engines.map((one) => one.output()), page: text, exits};
  } finally {
    for (const engine of engines) engine.kill();
    simulator.remove();
  }
}
