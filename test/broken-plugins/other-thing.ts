export default { listen: () => 3000 };
