import type {Command, CommandReply} from '../../api/commands.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {ConfigurationInForce} from '../configuration/configuration-in-force.ts';
import {type Sender, senderText} from '../events/command-events.ts';
import type {EventLog} from '../events/event-log.ts';
import {stillNeeded} from './engine-commands.ts';
import type {EngineController} from './engine-controller.ts';

type Parts = {
  readonly engine: Pick<EngineController, 'state' | 'commands'>;
  readonly events: EventLog;
  readonly configuration: ConfigurationInForce;
  /** Of the last snapshot: a command may apply what one of them offered. */
  readonly findings: () => readonly Finding[];
  readonly isIdle: () => boolean;
  readonly leave: (reason: string) => void;
};

/** Runs the commands of clients: with the newest configuration, each with its event. */
export function createCommandRunner({engine, events, configuration, findings, isIdle, leave}: Parts) {
  /** The settings of an accepted start are remembered with their origins. */
  const perform = (command: Exclude<Command, {type: 'shutdown'}>, sender: Sender): CommandReply => {
    const {client} = sender;
    const launch = configuration.launchOf(command, engine.state, {client, findings: findings()});
    const reply = engine.commands.run(command, senderText(sender));
    if (reply.accepted && launch !== null) configuration.launches.keep(launch);
    return reply;
  };
  return async (command: Command, sender: Sender): Promise<CommandReply> => {
    const recorded = (reply: CommandReply): CommandReply => {
      const commandId = events.onCommand(command, reply, sender, engine.state);
      return reply.accepted ? {...reply, commandId} : reply;
    };
    if (command.type !== 'shutdown') {
      return engine.commands.handle(command, {
        prepare: () => configuration.check(),
        perform: () => events.during('command', () => perform(command, sender), recorded),
        refuse: (error) => recorded({accepted: false, error}),
      });
    }
    if (!isIdle()) return recorded({accepted: false, error: stillNeeded(engine.state)});
    // The reply goes out first.
    setImmediate(() => leave('shutdown requested'));
    return recorded({accepted: true, message: 'The supervisor exits.'});
  };
}
