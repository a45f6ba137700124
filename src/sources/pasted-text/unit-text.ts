import type {Finding} from '../../domain/diagnosis/finding.ts';
import {type OtherTextDiagnosis, otherText} from '../../domain/diagnosis/text-diagnosis.ts';

type Words = Pick<Finding, 'message' | 'remedy'>;

/** What each exit status of systemd itself means: it could not prepare or execute the program (`systemd.exec(5)`). */
const steps: Readonly<Partial<Record<string, Words>>> = {
  EXEC: {
    message: 'systemd could not execute the program of the unit: its path is wrong, or it is not executable',
    remedy:
      'Compare ExecStart= with the file (ls -l, and its first line if it is a script): the path must be absolute and exist on this host, be executable for User=, and not lie on a file system mounted with noexec or in a home directory that ProtectHome= hides. With SELinux, look at ausearch -m avc.',
  },
  CHDIR: {
    message: 'systemd could not change to the working directory of the unit',
    remedy: 'Correct WorkingDirectory=, or create the directory; User= must be able to enter it.',
  },
  USER: {
    message: 'systemd does not know the user of the unit, or may not become it',
    remedy: 'Correct User=, or create the user. A user unit has no User=.',
  },
  GROUP: {
    message: 'systemd does not know a group of the unit, or may not join it',
    remedy: 'Correct Group= and SupplementaryGroups=, or create the group. A user unit has no Group=.',
  },
  NAMESPACE: {
    message: 'systemd could not set up the file systems of the unit',
    remedy:
      'A path in ReadWritePaths=, BindPaths= or another setting of the sandbox does not exist, or a container does not permit it: create it, or begin the path with a dash.',
  },
  LIMITS: {
    message: 'systemd could not set the limits of the unit',
    remedy:
      'Lower LimitNOFILE= and other limits to what the host permits (fs.nr_open); a user unit may only lower them.',
  },
  STDOUT: {
    message: 'systemd could not open the output of the unit',
    remedy: 'Correct StandardOutput= and StandardError=: the directory must exist and be writable.',
  },
  CGROUP: {
    message: 'systemd could not put the unit into its control group',
    remedy: 'Check the settings of its slice, and that cgroups are mounted (in a container, writable).',
  },
  CREDENTIALS: {
    message: 'systemd could not read a credential of the unit',
    remedy: 'Correct LoadCredential= and SetCredentialEncrypted=: the file must exist and be readable by root.',
  },
  STATE_DIRECTORY: {
    message: 'systemd could not create the state directory of the unit',
    remedy:
      'Look at StateDirectory= below /var/lib: its file system may be full or read-only, or a file is in the way.',
  },
  NUMA_POLICY: {
    message: 'systemd could not set the NUMA policy of the unit',
    remedy: 'Correct NUMAPolicy= and NUMAMask= to the nodes that the host has (numactl -H).',
  },
};
/** The other steps by their names, with what sets them. */
const otherStep: Words = {
  message: 'systemd could not prepare the program of the unit',
  remedy:
    'The name of the step is that of the setting (systemd.exec(5), "Process exit codes"): correct it in the unit.',
};

const status =
  /^.{0,200}?([\w@.\\:-]{1,200}\.service): .{0,60}process exited, code=exited, status=2[0-4]\d\/([A-Z_]{2,30})\b/;
/** What it says of the reason, in the line before; not every version does. */
const reason =
  /\.service: (?:Failed at step [A-Z_]{2,30} spawning (\S{1,300}): (.{1,100})|(?:Failed|Unable) to locate executable '?(\S{1,300}?)'?: (.{1,100})|Changing to the requested working directory failed: (.{1,100})|Failed to determine user credentials: (.{1,100}))/;

/** Other reasons for which systemd ends a unit, or does not begin it; the first match counts. */
const others: readonly (readonly [code: string, pattern: RegExp, words: Words])[] = [
  [
    'unit-start-timeout',
    /([\w@.\\:-]{1,200}\.service):? [Ss]tart operation timed out\. Terminating/,
    {
      message: 'systemd ended the unit because it was not ready in time',
      remedy:
        'Loading a large model takes longer than TimeoutStartSec= (90 s by default): set TimeoutStartSec=infinity. With Type=notify the program must report that it is ready; engines do not, so use Type=exec.',
    },
  ],
  [
    'unit-watchdog',
    /([\w@.\\:-]{1,200}\.service): (?:Watchdog timeout \(limit|Failed with result 'watchdog')/,
    {
      message: 'systemd ended the unit because it did not report to its watchdog',
      remedy: 'Engines do not report to it: remove WatchdogSec= from the unit.',
    },
  ],
  [
    'unit-not-started',
    /([\w@.\\:-]{1,200}\.service): Failed to (?:load environment files|run '(?:start|start-pre)' task): .{1,100}/,
    {
      message: 'systemd could not read an environment file of the unit',
      remedy: 'Correct EnvironmentFile=, or create the file; with a dash in front of its path it may be missing.',
    },
  ],
  [
    'unit-not-started',
    /([\w@.\\:-]{1,200}\.service)(?:: (?:Unit configuration has fatal error|Service (?:lacks|has no) .{0,40}ExecStart|Neither a valid executable name nor)| has a bad unit file setting)/,
    {
      message: 'systemd does not accept the file of the unit',
      remedy: 'systemd-analyze verify FILE names the setting; correct it, then systemctl daemon-reload.',
    },
  ],
];

/** Reads why systemd did not start a unit, or ended it, in a journal, from the lines of any text. */
export class UnitText {
  readonly #found = new Map<string, Finding>();
  #reason: string | null = null;

  /** Notes a line, which may be followed by those of the unit's program. */
  note(text: string): void {
    if (!text.includes('.service')) return;
    const why = reason.exec(text);
    if (why !== null) this.#reason = why.slice(1).findLast((group) => group !== undefined) ?? null;
    const [, unit, step] = status.exec(text) ?? [];
    if (unit !== undefined && step !== undefined) {
      const why = this.#reason === null ? '' : `: ${this.#reason.trim()}`;
      this.#add('unit-not-started', unit, steps[step] ?? otherStep, ` (${step}${why})`, text);
      return;
    }
    for (const [code, pattern, words] of others) {
      const match = pattern.exec(text);
      if (match !== null) {
        this.#add(code, match[1] ?? '', words, '', text);
        return;
      }
    }
  }

  #add(code: string, unit: string, {message, remedy}: Words, detail: string, evidence: string): void {
    if (this.#found.has(code)) return;
    this.#found.set(code, {
      code: `host.${code}`,
      severity: 'critical',
      message: `${unit}: ${message}${detail}.`,
      evidence: evidence.trim(),
      remedy,
      settingsChange: null,
    });
  }

  /** Why the unit does not run. */
  findings(): readonly Finding[] {
    return [...this.#found.values()];
  }

  diagnosis(lineCount: number): OtherTextDiagnosis {
    return otherText({
      kind: 'unit-log',
      engine: null,
      displayName: 'Journal of a unit',
      summary: [],
      findings: this.findings(),
      lineCount,
    });
  }
}
