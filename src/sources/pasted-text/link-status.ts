import type {Finding} from '../../domain/diagnosis/finding.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {type NvlinkLine, nvlinkLines} from '../nvidia-smi/parse/parse-nvlinks.ts';
import {NVLINK_REMEDY} from '../nvidia-smi/problems/link-findings.ts';

/** What `nvidia-smi nvlink --status` or `--errorcounters` says of links that do not work. */
export function linkFindings(text: string): readonly Finding[] {
  const links = nvlinkLines(text);
  return [...inactiveOf(links), ...errorsOf(links)];
}

/** A card without a single link has no NVLink, or none is in use. */
function inactiveOf(links: readonly NvlinkLine[]): readonly Finding[] {
  return cardsOf(links).flatMap((card) => {
    const own = links.filter((link) => link.card === card);
    const inactive = own.filter(({isInactive}) => isInactive);
    if (inactive.length === 0) return [];
    const said =
      inactive.length === own.length ? 'none of its NVLinks is' : `${inactive.length} of ${own.length} NVLinks are not`;
    return [linkFinding('links-inactive', `GPU ${card}: ${said} active.`, NVLINK_REMEDY, inactive[0])];
  });
}

function errorsOf(links: readonly NvlinkLine[]): readonly Finding[] {
  return cardsOf(links).flatMap((card) => {
    const failed = links.filter((link) => link.card === card && link.errors > 0);
    const sum = failed.reduce((total, {errors}) => total + errors, 0);
    if (sum === 0) return [];
    const count = new Set(failed.map(({link}) => link)).size;
    return [
      linkFinding(
        'link-errors',
        `GPU ${card}: ${countedText(sum, 'error')} on ${countedText(count, 'NVLink')} since the counters were reset.`,
        'A count that stays the same is harmless. If it increases under load, have the GPU, its board or its cable checked.',
        failed[0],
      ),
    ];
  });
}

function cardsOf(links: readonly NvlinkLine[]): readonly string[] {
  return [...new Set(links.map(({card}) => card))];
}

function linkFinding(code: string, message: string, remedy: string, link: NvlinkLine | undefined): Finding {
  return {
    code: `source.nvidia-smi.${code}`,
    severity: 'warning',
    message,
    evidence: link === undefined ? null : `GPU ${link.card}, link ${link.link}`,
    remedy,
    settingsChange: null,
  };
}
