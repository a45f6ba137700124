import type {SettingsChange} from '../../settings/launch-settings.ts';
import type {MemoryPlan} from './memory-plan.ts';

/** The changes of settings with which the plan says that it fits, the least costly first; each change once. */
export function planCures({
  findings,
}: Pick<MemoryPlan, 'findings'>): readonly {readonly settingsChange: SettingsChange; readonly text: string}[] {
  const cures = findings.flatMap(({code, severity, remedy, settingsChange}) =>
    settingsChange !== null && (severity === 'critical' || code === 'memory.other-cure')
      ? [{settingsChange, text: remedy}]
      : [],
  );
  // The plan may give the same change two reasons.
  const changes = cures.map(({settingsChange}) => JSON.stringify(settingsChange));
  return cures.filter((_, index) => changes.indexOf(changes[index] ?? '') === index);
}
