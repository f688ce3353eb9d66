/**
 * Given and family names such as a ward in Britain meets, by where a family comes from, with their frequency.
 * Apostrophes, hyphens and diacritics are kept: software that loses them is found out here.
 */
export interface Names {
  /** How many in a hundred, about. */
  weight: number;
  female: readonly string[];
  male: readonly string[];
  /** Family names; a pair where a woman's differs from a man's. */
  family: readonly (string | readonly [female: string, male: string])[];
}

const words = (text: string): string[] => text.trim().split(/\s+/);

export const NAMES: readonly Names[] = [
  {
    weight: 44,
    female: words(
      'Margaret Susan Patricia Christine Jean Linda Barbara Sheila Emma Charlotte Olivia Hannah Doris Joan',
    ),
    male: words(
      'David John Peter Michael Alan Brian Derek Kenneth Thomas James Oliver Harry Colin Norman Stanley',
    ),
    family: words(
      'Smith Taylor Brown Wilson Walker Wright Thompson Hughes Green Hall Clarke Ashworth Shaw Barraclough Ramsbottom Taylor-Brown Featherstone Armitage Hardcastle Fitzgerald-Moore',
    ),
  },
  {
    weight: 10,
    female: words('Siân Angharad Gwenllian Rhiannon Nêst Mair Ffion Llinos'),
    male: words('Rhys Gethin Llŷr Gwilym Emrys Siôn Iorwerth Dafydd'),
    family: words('Jones Evans Davies Llywelyn Pryce Gruffydd Bowen Prydderch Cadwaladr'),
  },
  {
    weight: 8,
    female: words('Morag Eilidh Fiona Catriona Mòrag Isla'),
    male: words('Hamish Iain Fergus Alasdair Callum Ruaraidh'),
    family: words("Campbell MacDonald McLeod Stewart Buchanan Mackintosh M'Bride"),
  },
  {
    weight: 8,
    female: words('Siobhán Niamh Bríd Aoife Maureen Bernadette'),
    male: words('Seán Pádraig Ciarán Declan Eoin Brendan'),
    family: [...words("O'Brien O'Connor O'Sullivan Murphy Kelly D'Arcy Gallagher"), 'Ó Súilleabháin'],
  },
  {
    weight: 13,
    female: words('Fatima Aisha Priya Sunita Harpreet Nasreen Meera Rukhsana Ayesha Jasleen'),
    male: words('Mohammed Imran Arjun Rajesh Gurpreet Tariq Sanjay Abdul Vikram Yusuf'),
    family: [...words('Patel Khan Hussain Ahmed Sharma Chowdhury Rahman Iqbal Desai'), ['Kaur', 'Singh']],
  },
  {
    weight: 6,
    female: words('Adaeze Ngozi Folasadé Chidinma Amaka Títílayò Yétúndé'),
    male: words('Chukwuemeka Olúwaseun Adébáyò Emeka Babátúndé Ifeanyi Tùndé'),
    family: words("Okonkwo Adébáyò Okafor Nwosu Olúwolé Eze Ògúnlànà N'Dour"),
  },
  {
    weight: 5,
    female: words('Małgorzata Agnieszka Zofia Elżbieta Bożena Świętosława'),
    male: words('Paweł Łukasz Krzysztof Wojciech Zbigniew Józef'),
    family: [
      ['Kowalska', 'Kowalski'],
      ['Wiśniewska', 'Wiśniewski'],
      ['Zielińska', 'Zieliński'],
      ['Dąbrowska', 'Dąbrowski'],
      ...words('Wójcik Kaczmarek Szczęsny'),
    ],
  },
  {
    weight: 3,
    female: words('Blossom Marcia Shanice Beverley Yvonne'),
    male: words('Winston Leroy Desmond Devon Clive'),
    family: words('Campbell Francis Grant Gordon St.Clair Bennett'),
  },
  {
    weight: 3,
    female: words('Mei-Ling Xiuying Wai-Yee Kim-Lan'),
    male: words('Wei Chi-Keung Ka-Ho Jun Minh'),
    family: words('Chan Wong Li Zhang Nguyen Leung'),
  },
];

export const TITLES: Readonly<Record<string, readonly string[]>> = {
  female: ['Mrs', 'Ms', 'Miss', 'Dr'],
  male: ['Mr', 'Mr', 'Mr', 'Dr'],
};
