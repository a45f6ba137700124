import type {Finding} from './finding.ts';

/** What the login manager does with a user's processes. */
export type LoginManager = {
  /** systemd is running on this host. */
  readonly hasSystemd: boolean;
  readonly user: string;
  /** The user's systemd manager, and what it started, keeps running after the last logout. */
  readonly isLingering: boolean;
  /** Processes of a login session are killed when it ends. */
  readonly killsUserProcesses: boolean;
};

/** Whether an engine survives a logout, in one sentence. */
export function logoutSentence({hasSystemd, user, isLingering, killsUserProcesses}: LoginManager): string {
  if (!hasSystemd) return 'systemd is not running on this host: processes started in a login session survive a logout.';
  if (isLingering)
    return `Lingering is enabled for ${user}: processes of the user\u2019s systemd manager survive the last logout.`;
  if (killsUserProcesses) {
    return `KillUserProcesses is on and lingering is off for ${user}: processes started in a login session end at logout.`;
  }
  return 'KillUserProcesses is off: processes started in a login session survive a logout.';
}

/** True when an engine started in a login session would end with it: it needs its own systemd scope. */
export function endsWithLogin({hasSystemd, killsUserProcesses}: LoginManager): boolean {
  return hasSystemd && killsUserProcesses;
}

/** The finding for the operator; null when a logout does not affect an engine. */
export function logoutFinding(manager: LoginManager): Finding | null {
  const {user, isLingering} = manager;
  if (!endsWithLogin(manager) || isLingering) return null;
  return {
    code: 'host.logout-kills',
    severity: 'warning',
    message: `${logoutSentence(manager)} Gantry starts engines in their own systemd scope, which lasts as long as the user\u2019s manager.`,
    evidence: null,
    remedy: `Keep that manager running after the last logout: loginctl enable-linger ${user}.`,
    settingsChange: null,
  };
}

/** Arguments before an engine\u2019s command that put it in its own systemd scope; none if a logout would not end it. */
export function scopeArguments(manager: LoginManager, runId: string): readonly string[] {
  if (!endsWithLogin(manager)) return [];
  // --scope runs the command in this process: pid, session and descriptors do not change.
  return ['systemd-run', '--user', '--scope', '--collect', '--quiet', `--unit=gantry-engine-${runId}`, '--'];
}
