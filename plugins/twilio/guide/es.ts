import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Una cuenta de Twilio: de pago para un remitente de WhatsApp propio, o cualquiera para el sandbox, que sirve para probar.',
    'La dirección pública https de esta instalación (PUBLIC_URL). Su nombre de host no puede llevar guion bajo: Twilio lo rechaza.',
  ],
  steps: [
    {
      title: 'Copiar las credenciales',
      does: [
        'Entra en https://console.twilio.com y elige la cuenta, o la subcuenta, a la que pertenece el remitente de WhatsApp.',
        'En la página inicial, en Account Info, copia el Account SID y el auth token, que está tras Show. Las credenciales de prueba no sirven para WhatsApp.',
      ],
      fields: {
        accountSid: 'Página inicial de la consola › Account Info. AC y 32 cifras o letras de la a a la f.',
        authToken: 'Al lado, tras Show. El primario: Twilio firma con él sus webhooks, así que una clave de API no lo sustituye.',
      },
    },
    {
      title: 'Tener un remitente de WhatsApp',
      does: [
        'Messaging › Senders › WhatsApp senders › Create new sender, y sigue los pasos con Meta.',
        'Para probar, Messaging › Try it out › Send a WhatsApp message abre el sandbox. Cada persona envía primero su código, y de nuevo cada tres días.',
      ],
      fields: { senders: 'Messaging › Senders › WhatsApp senders, escrito como whatsapp:+14155550100. Al conectar un número se añade aquí solo.' },
    },
    {
      title: 'Conectar el número aquí',
      does: [
        'WhatsApp › Conectar un número nuevo › Twilio. Pega el Account SID y el auth token.',
        'Muestra los números y elige el remitente, o escríbelo. Dale un nombre y un agente, y conéctalo.',
      ],
    },
    {
      title: 'Hacer que los mensajes lleguen aquí',
      does: [
        'En la pestaña Diagnóstico de la conexión, pulsa Suscribir: el remitente, o el Messaging Service en el que está, envía aquí lo que escriben los contactos.',
        'A mano: pega la URL de callback de la pestaña Entrega en el remitente, como URL del webhook para mensajes entrantes, método POST, seguida de #rc=5&rp=all. Sin eso Twilio lo intenta una sola vez.',
        'El sandbox se configura siempre a mano: Messaging › Try it out › Send a WhatsApp message › Sandbox settings, «When a message comes in».',
        'Los estados no necesitan nada: cada mensaje lleva su propia dirección para ellos.',
      ],
    },
    {
      title: 'Cuando haga falta',
      does: ['Están en Avanzado. La mayoría de las cuentas los dejan como están.'],
      fields: {
        messagingServiceSid: 'Messaging › Services › el servicio. MG y 32 cifras o letras. Solo si los remitentes están en un servicio.',
        keySid: 'Account › API keys & tokens › Create API key. SK y 32 cifras o letras.',
        keySecret: 'Se muestra una vez, al crear la clave.',
        previousAuthToken: 'El token primario anterior, mientras se promueve uno secundario en Account › API keys & tokens. Vacíalo después.',
        messagesPerSecond: 'Lo que tu cuenta puede enviar desde un remitente: Messaging › Senders › el remitente, o pregunta a Twilio. Lo habitual es 80.',
        connectionOverrides: 'No está en la consola. Dice cuántas veces repite Twilio un webhook; rc=5&rp=all son cinco veces, falle lo que falle.',
        apiBaseUrl: 'Déjala vacía. Es para un emulador o un proxy.',
      },
    },
  ],
  handOff: [
    'Entra en https://console.twilio.com y elige la cuenta cuyo Account SID figura en esta página.',
    'Messaging › Senders › WhatsApp senders › el remitente: pon la URL de callback como URL del webhook para mensajes entrantes, método POST, seguida de #rc=5&rp=all.',
    'Si el remitente está en un Messaging Service: Messaging › Services › el servicio › Integration › Send a webhook, con la misma URL.',
    'Deja la URL de estado como está: cada mensaje lleva la suya.',
    'Escribe al número desde un teléfono. Quien te dio esta página lo ve enseguida.',
  ],
};
