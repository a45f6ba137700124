import type {Finding} from '../../domain/diagnosis/finding.ts';
import {countedText} from '../../shared/quantities/counts.ts';

const cardLine = /^GPU (\d{1,3}): /;
const linkLine = /^\s*Link (\d{1,2}): (?:(<inactive>)|(?:(Replay|Recovery|CRC) Errors: (\d{1,12}))|\S)/;

type Link = {readonly card: string; readonly link: string; readonly isInactive: boolean; readonly errors: number};

/** What `nvidia-smi nvlink --status` or `--errorcounters` says of links that do not work. */
export function linkFindings(text: string): readonly Finding[] {
  const links = linksOf(text);
  return [...inactiveOf(links), ...errorsOf(links)];
}

function linksOf(text: string): readonly Link[] {
  let card = '?';
  return text.split(/\r?\n/).flatMap((line) => {
    card = cardLine.exec(line)?.[1] ?? card;
    const match = linkLine.exec(line);
    if (match === null) return [];
    const [, link = '', inactive, , errors] = match;
    return [{card, link, isInactive: inactive !== undefined, errors: Number(errors ?? 0)}];
  });
}

/** A card without a single link has no NVLink, or none is in use. */
function inactiveOf(links: readonly Link[]): readonly Finding[] {
  return cardsOf(links).flatMap((card) => {
    const own = links.filter((link) => link.card === card);
    const inactive = own.filter(({isInactive}) => isInactive);
    if (inactive.length === 0) return [];
    const said =
      inactive.length === own.length ? 'none of its NVLinks is' : `${inactive.length} of ${own.length} NVLinks are not`;
    return [
      linkFinding(
        'links-inactive',
        `GPU ${card}: ${said} active.`,
        'Look for Xid 74 or SXid in the kernel log, and at the fabric manager (systemctl status nvidia-fabricmanager). A reset of all GPUs, or a reboot, trains the links again; if they stay inactive, ask the vendor.',
        inactive[0],
      ),
    ];
  });
}

function errorsOf(links: readonly Link[]): readonly Finding[] {
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

function cardsOf(links: readonly Link[]): readonly string[] {
  return [...new Set(links.map(({card}) => card))];
}

function linkFinding(code: string, message: string, remedy: string, link: Link | undefined): Finding {
  return {
    code: `source.nvidia-smi.${code}`,
    severity: 'warning',
    message,
    evidence: link === undefined ? null : `GPU ${link.card}, link ${link.link}`,
    remedy,
    settingsChange: null,
  };
}
