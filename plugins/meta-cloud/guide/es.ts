import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'Un portfolio comercial en Meta en el que seas administrador.',
    'Un número de teléfono que reciba un código por SMS o llamada y no se use en una app de WhatsApp. Para empezar basta el número de prueba de Meta, que escribe a cinco personas como máximo.',
    'La dirección pública https de esta instalación (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Crear una app con WhatsApp',
      does: [
        'https://developers.facebook.com/apps › Crear app. Elige el caso de uso «Conectar con clientes a través de WhatsApp» y tu portfolio comercial.',
        'En la app, abre WhatsApp › Configuración de la API, y añade y verifica el número de teléfono.',
      ],
      fields: {
        appId: 'En la parte superior del panel de la app. Cifras.',
        appSecret: 'Configuración de la app › Básica › Clave secreta de la app › Mostrar. 32 cifras o letras de la a a la f.',
        businessAccountId: 'WhatsApp › Configuración de la API, «Identificador de la cuenta de WhatsApp Business»; o Configuración del negocio › Cuentas › Cuentas de WhatsApp.',
        phoneNumberIds: 'WhatsApp › Configuración de la API, «Identificador de número de teléfono» bajo «De». Cifras, pero no el número de teléfono. Al conectar un número se añade aquí solo.',
      },
    },
    {
      title: 'Generar un token que dure',
      does: [
        'https://business.facebook.com/settings › Usuarios › Usuarios del sistema › Añadir, con el rol Administrador.',
        'Asignar activos: la app y la cuenta de WhatsApp, cada una con control total. Un token hecho antes no alcanza la cuenta.',
        'Generar token: elige la app, caducidad Nunca y los permisos whatsapp_business_messaging y whatsapp_business_management.',
      ],
      fields: { accessToken: 'Se muestra una vez, al final de Generar token. Empieza por EAA. El token de la página Configuración de la API caduca en un día.' },
    },
    {
      title: 'Conectar el número aquí',
      does: [
        'WhatsApp › Conectar un número nuevo › Meta Cloud. Pega el token de acceso, la clave secreta de la app y el ID de la cuenta de WhatsApp Business.',
        'Muestra los números y elige uno, o escribe su ID. Dale un nombre y un agente, y conéctalo.',
      ],
    },
    {
      title: 'Hacer que los mensajes lleguen aquí',
      does: [
        'En la app, WhatsApp › Configuración › Webhook › Editar: pega la URL de callback y el token de verificación de la pestaña Entrega, y pulsa Verificar y guardar.',
        'Campos del webhook › Administrar: suscribe messages. Para saber también de plantillas y de la cuenta: message_template_status_update, message_template_quality_update, template_category_update, phone_number_quality_update, account_update, account_alerts, user_preferences y smb_message_echoes.',
        'En la pestaña Diagnóstico de la conexión, pulsa Suscribir, para que la app oiga a esta cuenta de WhatsApp.',
        'Publica la app: antes solo llegan las pruebas de la consola.',
      ],
      fields: { verifyToken: 'Se genera aquí; Meta no lo da. Está en la pestaña Entrega.' },
    },
    {
      title: 'Registrar el número',
      does: [
        'Si el diagnóstico dice que el número no está registrado: pestaña Diagnóstico › Registrar un número, con las seis cifras de su verificación en dos pasos.',
        'Un número sin PIN recibe el que escribas. Uno olvidado se cambia en WhatsApp Manager › Números de teléfono › el número › Verificación en dos pasos.',
        'Meta permite diez intentos en 72 horas. Un número que sigue en la app WhatsApp Business no se registra.',
      ],
    },
    {
      title: 'Cuando haga falta',
      does: ['Están en Avanzado. La mayoría los deja como están.'],
      fields: {
        apiVersion: 'Configuración de la app › Avanzada › Actualizar versión de la API las enumera. No hace falta una más nueva.',
        apiBaseUrl: 'https://graph.facebook.com. Otra es para un emulador o un proxy.',
        messagesPerSecond: 'WhatsApp Manager › Números de teléfono › el número › Estadísticas indica su capacidad: 80, 1000 tras una ampliación, 20 para un número que sigue en la app.',
        previousAppSecret: 'La clave anterior, mientras Configuración de la app › Básica › Restablecer la sustituye. Vacíala después.',
      },
    },
  ],
  handOff: [
    'Abre la app en https://developers.facebook.com/apps; su ID figura en esta página, si se conoce.',
    'WhatsApp › Configuración › Webhook › Editar: pega la URL de callback y el token de verificación, y pulsa Verificar y guardar. Si el token no está en esta página, pídelo.',
    'Campos del webhook › Administrar: suscribe messages. Para transmitir noticias de plantillas y de la cuenta: message_template_status_update, message_template_quality_update, template_category_update, phone_number_quality_update, account_update, account_alerts, user_preferences y smb_message_echoes.',
    'Publica la app: antes solo llegan las pruebas de la consola.',
    'Escribe al número desde un teléfono. Quien te dio esta página lo ve enseguida.',
  ],
};
