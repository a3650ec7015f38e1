import type { Words } from './en.ts';

export const es: Words = {
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
};
