import { whoMakesRoom, type Placed } from './choose-place';

interface Seat extends Placed {
  name: string;
}

let clock = 0;
const seat = (network: string, stage: ReturnType<Placed['stage']>, name = ''): Seat => {
  const since = (clock += 1);
  return { network, name, stage: () => stage, since: () => since };
};
const many = (count: number, network: string, stage: ReturnType<Placed['stage']>): Seat[] =>
  Array.from({ length: count }, () => seat(network, stage));

describe('Room for a new connection', () => {
  it('is made by the address that has most, and not by another one that is quiet', () => {
    const placed = [seat('engine', 'quiet'), ...many(5, 'flood', 'inside'), ...many(3, 'other', 'handshake')];
    expect(whoMakesRoom(placed, 'new').leaves).toMatchObject({ network: 'flood' });
    expect(whoMakesRoom(placed, 'engine').leaves).toMatchObject({ network: 'flood' });
  });

  it('is made by its own address where that has as many as another', () => {
    const placed = [...many(4, 'engine', 'quiet'), ...many(3, 'flood', 'inside')];
    expect(whoMakesRoom(placed, 'flood').leaves).toMatchObject({ network: 'flood' });
    expect(whoMakesRoom(placed.slice(1), 'flood')).toMatchObject({
      leaves: { network: 'flood' },
      hasMost: true,
    });
  });

  it('is made before the handshake first, then by a quiet one, a begun message, an unread answer', () => {
    const placed = (['handling', 'answering', 'inside', 'inside', 'quiet', 'handshake'] as const).map(
      (stage, index) => seat('one', stage, `${stage} ${index}`),
    );
    const left: (string | undefined)[] = [];
    for (
      let leaves = whoMakesRoom(placed, 'new').leaves;
      leaves;
      leaves = whoMakesRoom(placed, 'new').leaves
    ) {
      left.push(leaves.name);
      placed.splice(placed.indexOf(leaves), 1);
    }
    expect(left).toEqual(['handshake 5', 'quiet 4', 'inside 2', 'inside 3', 'answering 1']);
    expect(placed.map(({ name }) => name)).toEqual(['handling 0']);
  });

  it('is made by the one that was quiet longest where each address has one', () => {
    const placed = ['a', 'b', 'c'].map((network) => seat(network, 'quiet'));
    expect(whoMakesRoom(placed.reverse(), 'new').leaves).toMatchObject({ network: 'a' });
  });

  it('is owed to an address with few, and not to one that has most, while all are handled', () => {
    const placed = many(5, 'flood', 'handling');
    expect(whoMakesRoom(placed, 'engine')).toEqual({ leaves: undefined, hasMost: false });
    expect(whoMakesRoom(placed, 'flood')).toEqual({ leaves: undefined, hasMost: true });
  });
});
