import {detailsOf, withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import type {PreviewChange} from './vet-cures.ts';

/** True for a finding that a restart with the settings of the configuration would end. */
export function endsWithRestart(finding: Finding): boolean {
  return detailsOf(finding, 'configuration.differs') !== null;
}

/** Such a finding with the judgement of that restart: it is recommended only if it would be accepted. */
export async function vetRestart(finding: Finding, preview: PreviewChange): Promise<Finding> {
  const facts = detailsOf(finding, 'configuration.differs');
  const judged = facts === null ? null : await preview({});
  if (facts === null || judged === null) return finding;
  const [blocker] = judged.blockers;
  if (blocker === undefined) {
    return {
      ...finding,
      ...withDetails('configuration.differs', {...facts, restart: {verdict: 'accepted'}}),
      remedy: 'Run gantry restart to use the configuration; gantry restart --dry-run shows the effect.',
    };
  }
  const blockers = judged.blockers.map(({code}) => code);
  return {
    ...finding,
    ...withDetails('configuration.differs', {...facts, restart: {verdict: 'refused', blockers}}),
    remedy: `A restart would be refused: ${blocker.message} gantry restart --dry-run shows what helps.`,
  };
}
