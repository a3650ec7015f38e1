import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'La hoja de integración que te dio Coster (Jatis Mobile). Coster no publica documentación: esta guía se reunió a partir de código de sus clientes. Donde la hoja diga otra cosa, vale la hoja.',
    'Una persona en Coster que configure el webhook de tu cuenta.',
    'La dirección pública https de esta instalación (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Elegir la API',
      does: ['m2m envía plantillas y avisos e informa de su entrega. bot es para chat en ambos sentidos a través del helpdesk de Coster. Una conexión usa una de las dos; crea otra para la segunda.'],
      fields: { face: 'La hoja nombra una dirección: m2m.coster.id es m2m, api.coster.id/bot es bot.' },
    },
    {
      title: 'Copiar lo que dice la hoja',
      does: ['Compara cada valor letra por letra; Coster no tiene ninguna llamada que diga si un token es correcto sin enviar algo.'],
      fields: {
        accessToken: 'El token de la hoja: para m2m tras «Bearer», para bot como x-access-token.',
        accountCode: 'Para m2m: lo que figura en su dirección entre /v1/ y /messages, normalmente 32 caracteres.',
        accountId: 'Para bot: account_id.',
        divisionId: 'Para bot: division_id, el grupo de personas en el helpdesk de Coster.',
        channelId: 'Para bot: channel_id, normalmente whatsapp-cloud.',
        helpdesk: 'Para bot: is_helpdesk. Activado si las personas de la división deben ver la conversación.',
        phoneNumbers: 'Tus números de WhatsApp como los nombra la hoja: cifras con código de país, o el ID de número de Meta. Al conectar un número se añade aquí solo.',
      },
    },
    {
      title: 'Acordar la prueba de un webhook',
      does: [
        'No se sabe que Coster firme. La prueba mínima es la propia URL de callback, que nadie puede adivinar.',
        'Pregunta si Coster puede enviar una cabecera con un secreto. Si puede, elígelo y entrega el secreto con la URL de callback.',
      ],
      fields: {
        callbackProof: 'Lo que la gente de Coster diga que puede enviar.',
        webhookSecret: 'Se genera aquí; Coster no lo da. Está en la pestaña Entrega cuando la prueba es una cabecera.',
        proofHeader: 'El nombre que acuerdes con Coster.',
        signatureKey: 'De la gente de Coster, si reenvían el X-Hub-Signature-256 de Meta: la clave secreta de su app.',
      },
    },
    {
      title: 'Conectar el número aquí y entregar',
      does: [
        'WhatsApp › Conectar un número nuevo › Coster. Escribe los valores, un nombre y un agente, y conéctalo.',
        'En la pestaña Entrega de la conexión, abre la página para imprimir o enviar y dásela a tu persona en Coster.',
        'Envíate un mensaje y respóndelo antes de confiar en ello.',
      ],
    },
    {
      title: 'Cuando haga falta',
      does: ['Están en Avanzado. Algunos clientes tienen hosts y cabeceras propios.'],
      fields: {
        authStyle: 'Como envían el token los ejemplos de la hoja.',
        authHeader: 'El nombre de esa cabecera, para «Otra cabecera».',
        m2mUrl: 'La dirección de la hoja, con {account_code} donde va el código de cuenta.',
        botUrl: 'La dirección de la hoja a la que se envían los mensajes.',
        mediaUrl: 'La dirección de la hoja de la que vienen los archivos, con {media_id} donde va el id del archivo.',
        messagesPerSecond: 'Lo que Coster acordó contigo. Sus límites no son públicos.',
      },
    },
  ],
  handOff: [
    'Pon la URL de callback como webhook de la cuenta y los números que figuran en esta página: mensajes de los contactos e informes de entrega (enviado, entregado, leído, fallido).',
    'Cada uno es un POST con JSON. Un GET sin parámetros se responde con 200, para ver si hay alguien.',
    'Si en esta página figura un secreto del webhook, envíalo con cada webhook, en la cabecera que se nombra aquí, solo o tras «Bearer».',
    'La URL de callback también es un secreto. No la compartas con nadie más.',
    'Responde a quien te dio esta página si un código de cuenta, un ID o un número no es correcto.',
  ],
};
