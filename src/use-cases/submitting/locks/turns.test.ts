import { inTurn } from '../../../platform/in-turn';
import { lockOn } from './take-locks';
import { turnsFor } from './turns';

it('another sender of a patient waits for one submission of a sender, not for all', async () => {
  const began: string[] = [];
  const submit = (sender: string, bytes: number): Promise<void> => {
    const locks = new Set([lockOn('1-bytes', sender, String(bytes)), lockOn('3-patient', 'p')]);
    return inTurn(turnsFor(sender, locks), 5_000, async () => {
      began.push(sender);
      await new Promise((later) => setTimeout(later, 5));
    });
  };
  await Promise.all([...Array.from({ length: 20 }, (_, bytes) => submit('RX1', bytes)), submit('RR8', 0)]);
  expect(began).toHaveLength(21);
  expect(began.indexOf('RR8')).toBeLessThan(3);
});
