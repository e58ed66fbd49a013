import type { ContentType } from '@halftone/contracts'

/**
 * Words that speak for a content type, in three strengths. Written from what the types mean; a phrase of two words is
 * joined by a hyphen. A word may stand under several types.
 */
export const rules: Record<ContentType, { strong: string; good: string; weak: string }> = {
  logo: {
    strong: 'logo logos logotype wordmark monogram emblem brandmark letterform',
    good: 'insignia crest company corporation branding brand-identity brand-mark',
    weak: 'brand vector minimalist negative-space services insurance startup',
  },
  ui_icon: {
    strong:
      'ui ux landing-page web-page website homepage dashboard wireframe app-screen mobile-app web-application mobile-application design-system icon-set app-icon user-interface emoji-set screenshot',
    good: 'interface app icon icons emoji application web widget navigation screen mockups login settings browser button buttons screenshots livestream',
    weak: 'mobile page user menu header card smartphone rounded system profile',
  },
  text_poster: {
    strong:
      'poster posters flyer billboard thumbnail banner magazine-cover book-cover album-cover movie-poster caption lettering signboard neon-sign greeting-card invitation the-words that-reads that-says written postcard',
    good: 'sign text words word reads saying says stating states font typography serif letters headline slogan title cover brochure magazine calligraphy graffiti spelled speech-bubble printed script warning movie quote',
    weak: 'bold prominently displayed displays bottom backdrop legible read reading label phrase message newspaper bustling concise',
  },
  infographic: {
    strong:
      'infographic infographics diagram diagrams flowchart chart slide presentation-slide exploded-view exploded schematic cutaway cross-section timeline whiteboard explanatory explainer',
    good: 'chart charts graph labeled labelled annotated annotations callouts callout explaining comparison blueprint educational process step-by-step steps statistics map breakdown topic presentation components analysis visualization visualizing guide knowledge anatomy mind-map recipe',
    weak: 'information data arrows sections section labels technical structure component layout how scientific engineering modular',
  },
  product_photo: {
    strong:
      'product product-photography product-shot product-photo e-commerce commerce unbranded packaging skincare perfume serum cosmetic cosmetics mockup advertisement food-photography beverage still-life bottle sneaker sneakers condensation',
    good: 'advertising commercial luxury premium can jar dropper splash droplets burger cocktail drink coffee watch lipstick headphones handbag packaged fragrance ingredients cream juice chocolate catalog lid seamless label splashing dish pouch brand tube',
    weak: 'glass glossy matte studio hero surface fresh liquid ice fruit slices mid-air floating high-speed macro ultra commercial-grade fictional',
  },
  portrait: {
    strong:
      'selfie portrait headshot mirror-selfie complexion freckles makeup influencer fashion-editorial wedding-portrait skin-texture facial-features',
    good: 'woman hair face skin expression lips gaze smile pose young-woman young-man facial smiling shoulders eyelashes jawline model wearing outfit beard supermodel couple bride hairstyle earrings identity fashion candid posture blazer',
    weak: 'her she his he man young eyes dress looking jeans shirt sitting leaning confident lifestyle natural camera standing relaxed wears female male girl portrait-photography editorial iphone',
  },
  photo_scene: {
    strong:
      'frisbee skateboard motorcycle elephant giraffe zebra sheep toilet kitchen bathroom living-room baseball tennis surfboard parked traffic sidewalk landscape-photograph wildlife aerial architecture',
    good: 'group-of people train bus boat horse dog cat bird bench umbrella plate laptop sink clock pizza street beach park field couple-of next-to room building computer bear riding cow truck airplane kite snowboard ski bed sandwich cake stove player photograph photo photography water mountains mountain lake ocean river sunset countryside village bananas desk lawn fence men children boy',
    weak: 'man woman sitting standing laying near playing some several table grass front tree outside holding city group lot two large',
  },
  illustration: {
    strong:
      'painting watercolor watercolour illustration sketch drawing engraving woodcut etching gouache crayon doodle oil-painting ink-drawing line-art storybook linocut impasto hatching cross-hatching impressionist impressionism mural fresco',
    good: 'painted illustrated drawn pencil oil ink strokes brush brushstrokes charcoal pastel abstract vector-illustration flat-illustration hand-drawn painterly graphite artwork linework cubist surrealist gogh picasso monet baroque renaissance canvas outlines coloring childlike scribble',
    weak: 'style art artistic paper lines shading folk vintage painter illustrations whimsical colors textured',
  },
  anime_comic: {
    strong:
      'anime manga comic comics chibi cartoon webtoon comic-strip 4-panel four-panel panel-comic ghibli shonen shojo waifu cel-shaded vtuber comic-book superhero-comic',
    good: 'panel panels kawaii otaku toon speech-bubbles dialogue naruto anime-style haired sailor caricature doraemon sticker stickers catgirl bangs idol moe',
    weak: 'character girl cute japanese story big-eyes expressions blush school illustration viewer ears',
  },
  render_3d: {
    strong:
      '3d isometric diorama miniature miniatures figurine figurines pixar claymation plush plushie lego octane blender voxel low-poly toy clay tilt-shift 3d-render cinema4d unreal-engine c4d papercraft',
    good: 'render rendered rendering stylized tiny collectible disney sculpture animated subsurface felt toys pvc acrylic inflatable sculpted model-kit dioramas figures ambient-occlusion origami caricature ceramic scale-model knitted',
    weak: 'scale cute materials base terrain landmarks textures physics miniature-world soft architectural big object whimsical globe',
  },
  concept_art: {
    strong:
      'concept-art cyberpunk fantasy sci-fi scifi warrior dragon knight armor armour mecha spaceship wizard sorceress elf orc demon steampunk post-apocalyptic character-sheet matte-painting dystopian game-art final-fantasy game-character samurai gundam',
    good: 'futuristic battle alien robot castle sword fantastical mythical creature magical monster apocalyptic rpg game holographic tactical mystic goddess android starship legendary ancient ruins assassin beast planet galaxy mecha-suit gothic witch vampire mage character-design cosmic',
    weak: 'epic neon glowing atmospheric massive fog ethereal energy cloak rain dark smoke cinematic moody',
  },
}

export const strengths = { strong: 4, good: 1.6, weak: 0.7 } as const

/** What speaks for a type before a word is read: a plain description is a photograph. */
export const priors: Partial<Record<ContentType, number>> = { photo_scene: 4 }

/** Words given between quotation marks are to be spelled in the picture. */
export const quotedWords: { label: ContentType; weight: number } = { label: 'text_poster', weight: 2.5 }
