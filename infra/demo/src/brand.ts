/** What the brand of the demo sells and says: a small roaster with a month of posts to fill. Written for this project. */
export const products = [
  'a kraft paper bag of single-origin coffee beans',
  'a matte black pour-over kettle',
  'a stoneware mug with a speckled glaze',
  'a hand grinder of walnut and steel',
  'a glass server with a wooden collar',
  'a tin of loose leaf breakfast tea',
  'a box of twelve oat biscuits',
  'a canvas tote bag with a stitched handle',
  'a cold brew bottle with a cork stopper',
  'a travel press in forest green',
] as const

export const settings = [
  'on a slate counter in soft window light',
  'on a linen cloth beside dried wheat',
  'on a mossy rock after rain',
  'on a plain seamless backdrop, studio lighting',
  'on a train table with the coast going by',
  'on a workbench with tools out of focus',
  'on stacked books in an autumn garden',
] as const

export const scenes = [
  'a harbour at first light with fishing boats and gulls',
  'a rainy street corner seen from inside a small cafe',
  'a campfire breakfast beside a mountain lake',
  'a farmers market with crates of pears and apples',
  'a roastery at work, steam rising over the drum',
  'cyclists stopping at a roadside kiosk on a foggy morning',
  'a library reading room in late afternoon sun',
  'a ferry deck with passengers wrapped in blankets',
  'terraced hills of a coffee farm after harvest',
] as const

export const people = [
  'a barista with rolled sleeves pouring milk',
  'a farmer holding ripe coffee cherries',
  'an elderly couple sharing a bench and a flask',
  'a young baker dusted with flour',
  'a night nurse on her break with a paper cup',
  'a bike courier smiling under a rain hood',
] as const

export const slogans = [
  'MORNING, SLOWED DOWN',
  'OPEN AT SIX',
  'TWO FOR ONE FRIDAY',
  'ROASTED ON THE QUAY',
  'NEW: WINTER BLEND',
  'FREE REFILLS TILL NOON',
  'MEET THE GROWERS',
  'LAST WEEK OF PLUM CAKE',
  'BRING YOUR OWN MUG',
  'SUNDAY CUPPING, 10 AM',
  'THE QUIET HOUR, 3 TO 4',
  'NOW ON THE NIGHT FERRY',
] as const

export const icons = [
  'a coffee cup with steam',
  'a paper bag with a leaf',
  'a delivery bicycle',
  'a bean split in two',
  'a kettle',
  'a loyalty stamp',
  'a calendar page',
  'a map pin on a roof',
  'a gift ribbon',
  'a timer at four minutes',
  'a grain sack',
  'a chat bubble with a heart',
] as const

export const logos = [
  'a lighthouse whose beam is a coffee stream',
  'a pine tree growing from a cup',
  'two crossed spoons under a wave',
  'the letters H and P joined by a handle',
  'a compass rose of coffee leaves',
  'a gull carrying a bean',
  'a quay bollard shaped like a mug',
  'an anchor drawn in one line',
] as const

export const facts = [
  'how a pour-over is made, in five steps',
  'the path of a bean from farm to cup',
  'four grind sizes and what each is for',
  'water temperature and taste, from 88 to 96 degrees',
  'where this season’s lots were grown',
  'how to store beans at home',
  'what a fair price pays for',
  'the parts of an espresso machine',
] as const

export const stories = [
  'a fox who runs a cafe in a hollow oak',
  'a kettle that dreams of being a steam engine',
  'three mice sailing a sugar bowl',
  'an owl reading the menu by lantern',
  'a lighthouse keeper and her talking samovar',
  'two otters racing in teacups',
] as const

export const worlds = [
  'a floating roastery moored to a cliff city',
  'a desert caravan of giant walking samovars',
  'an underwater tea house with a coral roof',
  'a city of chimneys roasting by moonlight',
  'a greenhouse railway crossing a glacier',
] as const

export const looks = [
  'natural colours, shallow depth of field',
  'warm tones, fine grain',
  'crisp and airy, lots of negative space',
  'moody, low key, one light from the left',
  'overcast softness, muted palette',
] as const

export const artStyles = [
  'gouache on textured paper',
  'ink line with two flat colours',
  'cut paper collage',
  'coloured pencil',
  'linocut print',
] as const

export const flatStyles = [
  'two colours',
  'thick outline',
  'soft gradient',
  'monochrome on cream',
  'rounded corners, long shadow',
] as const

export const layouts = [
  'typography first',
  'one big word, small print below',
  'centred, wide margins',
  'text along the left edge',
  'vintage wood type',
] as const
