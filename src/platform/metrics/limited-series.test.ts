import { limitedSeries } from './limited-series';

describe('the limit on series', () => {
  it('counts the rest under `other`, and keeps what it has admitted', () => {
    const admit = limitedSeries({ most: { all: 2 }, other: () => ({ sender: 'other' }) });
    const senders = ['RR8', 'RX1', 'RJ7', 'RR8', 'RX1'];
    expect(senders.map((sender) => admit({ sender }).sender)).toEqual(['RR8', 'RX1', 'other', 'RR8', 'RX1']);
  });

  it('gives each group its own room', () => {
    const admit = limitedSeries({
      most: { refused: 1, served: 1 },
      groupOf: ({ status }) => (status === '401' ? 'refused' : 'served'),
      other: ({ status = '' }) => ({ route: 'other', status }),
    });
    const routes = (status: string): (string | undefined)[] =>
      ['/a', '/b'].map((route) => admit({ route, status }).route);
    expect(routes('401')).toEqual(['/a', 'other']);
    expect(routes('200')).toEqual(['/a', 'other']);
  });
});
