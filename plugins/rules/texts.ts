export const texts = {
  en: {
    title: 'Rules',
    'rules.title': 'Rules',
    'rules.description': 'The first rule that fits a message answers it.',
    'menus.title': 'Menus',
    'menus.description': 'Choices by name; a choice answers itself or leads on.',
    'fallback.title': 'Fallback',
    'fallback.description': 'What to answer when no rule fits.',
    'handOffWords.title': 'Words for a person',
    'handOffWords.description': 'Whoever writes one of these is given to people.',
    'handOffSay.title': 'Said at hand-off',
    'handOffSay.description': 'Said when one of these words was written.',
    'reason.asked': 'The contact asked for a person.',
    'reason.missed': 'No rule fitted {{count}} messages in a row.',
    'reason.missedOne': 'No rule fitted a message.',
  },
  es: {
    title: 'Reglas',
    'rules.title': 'Reglas',
    'rules.description': 'La primera regla que encaja con un mensaje lo responde.',
    'menus.title': 'Menús',
    'menus.description': 'Opciones por nombre; una opción responde por sí misma o lleva a otra parte.',
    'fallback.title': 'Respuesta por defecto',
    'fallback.description': 'Qué responder cuando ninguna regla encaja.',
    'handOffWords.title': 'Palabras para pedir una persona',
    'handOffWords.description': 'Quien escribe una de ellas pasa a ser atendido por personas.',
    'handOffSay.title': 'Texto al pasar a una persona',
    'handOffSay.description': 'Se dice cuando alguien escribe una de esas palabras.',
    'reason.asked': 'El contacto pidió una persona.',
    'reason.missed': 'Ninguna regla encajó con {{count}} mensajes seguidos.',
    'reason.missedOne': 'Ninguna regla encajó con un mensaje.',
  },
  id: {
    title: 'Aturan',
    'rules.title': 'Aturan',
    'rules.description': 'Aturan pertama yang cocok dengan pesan akan menjawabnya.',
    'menus.title': 'Menu',
    'menus.description': 'Pilihan menurut nama; sebuah pilihan menjawab sendiri atau mengarah ke tempat lain.',
    'fallback.title': 'Jawaban bawaan',
    'fallback.description': 'Jawaban bila tidak ada aturan yang cocok.',
    'handOffWords.title': 'Kata untuk meminta petugas',
    'handOffWords.description': 'Siapa pun yang menulis salah satunya diserahkan kepada petugas.',
    'handOffSay.title': 'Kalimat saat diserahkan',
    'handOffSay.description': 'Dikatakan ketika salah satu kata itu ditulis.',
    'reason.asked': 'Kontak meminta petugas.',
    'reason.missed': 'Tidak ada aturan yang cocok dengan {{count}} pesan berturut-turut.',
    'reason.missedOne': 'Tidak ada aturan yang cocok dengan sebuah pesan.',
  },
};

/** Why people are asked, in the words of whoever reads it. What a rule gives as its reason stands as it was written. */
export const reasons = {
  asked: { reason: texts.en['reason.asked'], key: 'reason.asked' },
  missed: (count: number) =>
    count === 1
      ? { reason: texts.en['reason.missedOne'], key: 'reason.missedOne' }
      : { reason: texts.en['reason.missed'].replace('{{count}}', String(count)), key: 'reason.missed', params: { count: String(count) } },
};
