/** What a new workspace begins with, in its own language: names, and the rules of an agent that answers at once. */
import type { Json, Locale } from '../plugin/contract.ts';

export interface Welcome {
  connection: string;
  number: string;
  agent: string;
  /** Settings of the rules agent. */
  rules: Record<string, Json>;
}

interface Words {
  connection: string;
  number: string;
  agent: string;
  greetings: string[];
  hello: string;
  abilities: { title: string; say: string };
  list: { title: string; say: string; button: string; rows: { id: string; title: string; description: string; say: string }[] };
  person: { title: string; say: string; reason: string };
  back: string;
  thanks: string[];
  welcome: string;
  missed: string;
  personWords: string[];
}

const words: Record<Locale, Words> = {
  en: {
    connection: 'Simulator',
    number: 'Test phone',
    agent: 'Welcome',
    greetings: ['hello', 'hi', 'hey', 'menu', 'start'],
    hello: 'Hello from {workspace}. I answer by rules that you can change under Agents. What do you want to try?',
    abilities: { title: 'What can you do?', say: 'I answer keywords, show menus and lists, remember what was said, and give the conversation to a person when one is asked for.' },
    list: {
      title: 'Show me a list',
      say: 'A list holds up to ten choices. Choose one.',
      button: 'Choose',
      rows: [
        { id: 'hours', title: 'Opening hours', description: 'An answer to a question', say: 'We are open from 9 to 17, Monday to Friday.' },
        { id: 'order', title: 'My order', description: 'Another answer', say: 'Your order is on its way.' },
        { id: 'address', title: 'Address', description: 'One more', say: 'You find us at 1 Main Street.' },
      ],
    },
    person: { title: 'Talk to a person', say: 'A person takes over now. Answer in the inbox: I stay silent until you switch AI on again.', reason: 'Asked for a person in the menu.' },
    back: 'Back to the menu',
    thanks: ['thanks', 'thank you'],
    welcome: 'You are welcome.',
    missed: 'I have no rule for “{{text}}”. Write menu to see what I can do.',
    personWords: ['person', 'human', 'operator'],
  },
  es: {
    connection: 'Simulador',
    number: 'Teléfono de prueba',
    agent: 'Bienvenida',
    greetings: ['hola', 'buenas', 'buenos días', 'menú', 'inicio'],
    hello: 'Hola de parte de {workspace}. Respondo con reglas que puedes cambiar en Agentes. ¿Qué quieres probar?',
    abilities: { title: '¿Qué sabes hacer?', say: 'Respondo a palabras clave, muestro menús y listas, recuerdo lo que se dijo y paso la conversación a una persona cuando alguien la pide.' },
    list: {
      title: 'Ver una lista',
      say: 'Una lista tiene hasta diez opciones. Elige una.',
      button: 'Elegir',
      rows: [
        { id: 'hours', title: 'Horario', description: 'Respuesta a una pregunta', say: 'Abrimos de 9 a 17, de lunes a viernes.' },
        { id: 'order', title: 'Mi pedido', description: 'Otra respuesta', say: 'Tu pedido está en camino.' },
        { id: 'address', title: 'Dirección', description: 'Una más', say: 'Estamos en la Calle Mayor 1.' },
      ],
    },
    person: { title: 'Hablar con alguien', say: 'Ahora sigue una persona. Responde en la bandeja de entrada: no digo nada hasta que vuelvas a activar la IA.', reason: 'Pidió una persona en el menú.' },
    back: 'Volver al menú',
    thanks: ['gracias'],
    welcome: 'De nada.',
    missed: 'No tengo ninguna regla para «{{text}}». Escribe menú para ver qué sé hacer.',
    personWords: ['persona', 'humano', 'operador'],
  },
  id: {
    connection: 'Simulator',
    number: 'Telepon uji',
    agent: 'Selamat datang',
    greetings: ['halo', 'hai', 'selamat pagi', 'menu', 'mulai'],
    hello: 'Halo dari {workspace}. Saya menjawab dengan aturan yang dapat Anda ubah di Agen. Apa yang ingin Anda coba?',
    abilities: { title: 'Bisa apa saja?', say: 'Saya menjawab kata kunci, menampilkan menu dan daftar, mengingat yang sudah dikatakan, dan menyerahkan percakapan kepada petugas bila diminta.' },
    list: {
      title: 'Lihat daftar',
      say: 'Daftar memuat hingga sepuluh pilihan. Pilih salah satu.',
      button: 'Pilih',
      rows: [
        { id: 'hours', title: 'Jam buka', description: 'Jawaban atas pertanyaan', say: 'Kami buka pukul 9 sampai 17, Senin sampai Jumat.' },
        { id: 'order', title: 'Pesanan saya', description: 'Jawaban lain', say: 'Pesanan Anda sedang dikirim.' },
        { id: 'address', title: 'Alamat', description: 'Satu lagi', say: 'Kami ada di Jalan Utama 1.' },
      ],
    },
    person: { title: 'Bicara dgn petugas', say: 'Sekarang petugas yang melanjutkan. Jawab di kotak masuk: saya diam sampai AI diaktifkan lagi.', reason: 'Meminta petugas lewat menu.' },
    back: 'Kembali ke menu',
    thanks: ['terima kasih', 'makasih'],
    welcome: 'Sama-sama.',
    missed: 'Saya tidak punya aturan untuk “{{text}}”. Tulis menu untuk melihat yang bisa saya lakukan.',
    personWords: ['petugas', 'manusia', 'operator'],
  },
};

export function welcomeIn(locale: Locale, workspaceName: string): Welcome {
  const { connection, number, agent, greetings, hello, abilities, list, person, back, thanks, welcome, missed, personWords } = words[locale];
  // Braces would be read as a place to fill in.
  const workspace = workspaceName.replace(/[{}]/g, '');
  const rules = {
    rules: [
      { when: { words: greetings }, menu: 'main' },
      { when: { words: thanks }, say: welcome },
      { when: { first: true }, menu: 'main' },
    ],
    menus: {
      main: {
        say: hello.replace('{workspace}', () => workspace),
        choices: [
          { id: 'abilities', title: abilities.title, say: abilities.say, buttons: [{ id: 'main', title: back }] },
          { id: 'list', title: list.title, menu: 'list' },
          { id: 'person', title: person.title, say: person.say, handOff: { reason: person.reason } },
        ],
      },
      list: { say: list.say, button: list.button, choices: [...list.rows, { id: 'main', title: back }] },
    },
    fallback: { say: missed, handOffAfter: 3 },
    handOffWords: personWords,
    handOffSay: person.say,
  };
  return { connection, number, agent, rules };
}
