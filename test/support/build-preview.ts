import type {Preview} from '../../src/api/preview.ts';
import {forceable, required} from '../../src/domain/preflight/check.ts';
import type {LaunchSettings} from '../../src/domain/settings/launch-settings.ts';
import {buildSnapshot} from './build-snapshot.ts';
import {planOf} from './plan-of.ts';

/** The settings of the test node. */
function nodeSettings(): LaunchSettings {
  const {settings} = buildSnapshot().engine;
  if (settings === null) throw new Error('the test node has settings');
  return settings;
}

/** A restart of the test node's engine without blockers. */
export function buildPreview(change: Partial<Preview> = {}): Preview {
  const settings = change.settings ?? nodeSettings();
  return {
    schemaVersion: 1,
    before: nodeSettings(),
    settings,
    fromConfiguration: [],
    plan: planOf(settings, '8xH200'),
    checks: [required('arguments', 'nothing conflicts'), forceable('plan', 'it fits')],
    blockers: [],
    launch: {
      engine: 'vLLM',
      version: '0.28.0',
      installation: '/opt/venv/bin/vllm',
      isInstalled: true,
      executable: '/opt/venv/bin/vllm',
      arguments: [{argv: ['serve', settings.model], why: 'the model'}],
      environment: [],
      files: [],
      command: [`/opt/venv/bin/vllm serve ${settings.model}`],
    },
    remarks: [],
    ...change,
  };
}
